"""Tables and their preview."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.responses import json_bytes
from kbstore.rest.schema import OptionalPage, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.tables import (
    ForceQuery,
    PreviewQuery,
    PreviewReply,
    TableCreateRequest,
    TableReply,
    TablesReply,
    columns_of,
    listed_table,
)
from storage.services.create_table import create_table
from storage.services.delete_table import delete_table
from storage.services.get_table import get_table, list_tables
from storage.services.preview_table import preview_table


class TablesView(ApiView):
    """The tables of a bucket."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}

    @extend_schema(
        operation_id="create_table", request=TableCreateRequest, responses={201: TableReply}, tags=["tables"]
    )
    def post(self, request: Request, **place: str) -> Response:
        body = parse_body(request, TableCreateRequest)
        table = create_table(
            actor=self.actor,
            **place,
            name=body.name,
            columns=[column.spec() for column in body.columns],
            primary_key=body.primary_key or [],
        )
        return reply(TableReply.of(table, place["bucket_name"]), status=201)

    @extend_schema(
        operation_id="list_tables",
        parameters=query_parameters(OptionalPage),
        responses={200: TablesReply},
        tags=["tables"],
    )
    def get(self, request: Request, **place: str) -> Response:
        page = parse_query(request, OptionalPage)
        bucket, tables, total = list_tables(actor=self.actor, **place, limit=page.limit, offset=page.offset)
        return Response(json_bytes({"tables": [listed_table(table, bucket) for table in tables], "total": total}))


class TableView(ApiView):
    """One table."""

    needs = {"GET": Need.READ, "DELETE": Need.WRITE}

    @extend_schema(operation_id="get_table", responses={200: TableReply}, tags=["tables"])
    def get(self, request: Request, **place: str) -> Response:
        return reply(TableReply.of(get_table(actor=self.actor, **place), place["bucket_name"]))

    @extend_schema(
        operation_id="delete_table",
        parameters=query_parameters(ForceQuery),
        responses={204: None},
        tags=["tables"],
    )
    def delete(self, request: Request, **place: str) -> Response:
        delete_table(actor=self.actor, **place, force=parse_query(request, ForceQuery).force)
        return no_content()


class TablePreviewView(ApiView):
    """The first rows of a table."""

    needs = {"GET": Need.READ}

    @extend_schema(
        operation_id="preview_table",
        parameters=query_parameters(PreviewQuery),
        responses={200: PreviewReply},
        tags=["tables"],
    )
    def get(self, request: Request, **place: str) -> Response:
        query = parse_query(request, PreviewQuery)
        version, preview = preview_table(actor=self.actor, **place, limit=query.limit, version=query.version)
        columns = json_bytes([column.model_dump() for column in columns_of(version)])
        counts = version.row_count, preview.row_count
        tail = b',"total_row_count":%d,"preview_row_count":%d}' % counts
        headers = {"X-Preview-Truncated": "true"} if preview.truncated else None
        return Response(b'{"columns":' + columns + b',"rows":' + preview.rows_json + tail, headers=headers)

"""Columns and the primary key of a table."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.columns import ColumnAddRequest, ColumnAlterRequest, PrimaryKeyRequest
from storage.api.schemas.jobs import JobReply
from storage.api.schemas.tables import ForceQuery, TableReply
from storage.api.views.jobs import accepted, prefers_async
from storage.services.change_table import request_change
from storage.services.get_table import get_table


class TableChangeView(ApiView):
    """What changes the shape of a table answers with the whole table."""

    def change(
        self, request: Request, change: str, order: dict[str, Any], place: dict[str, str], *, status: int = 200
    ) -> Response:
        """The table as it is after the change, or 202 and the job."""
        job = request_change(
            actor=self.actor, **place, change=change, order=order, respond_async=prefers_async(request)
        )
        if not job.is_finished:
            return accepted(job)
        table = get_table(actor=self.actor, **place)
        return reply(TableReply.of(table, place["bucket_name"]), status=status)


class ColumnsView(TableChangeView):
    """The columns of a table."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="add_column", request=ColumnAddRequest, responses={201: TableReply, 202: JobReply}, tags=["schema"]
    )
    def post(self, request: Request, **place: str) -> Response:
        order = parse_body(request, ColumnAddRequest).order()
        return self.change(request, "add_column", order, place, status=201)


class ColumnView(TableChangeView):
    """One column."""

    needs = {"PUT": Need.WRITE, "DELETE": Need.WRITE}

    @extend_schema(
        operation_id="alter_column",
        request=ColumnAlterRequest,
        responses={200: TableReply, 202: JobReply},
        tags=["schema"],
    )
    def put(self, request: Request, column_name: str, **place: str) -> Response:
        order = parse_body(request, ColumnAlterRequest).model_dump()
        return self.change(request, "alter_column", order | {"column": column_name}, place)

    @extend_schema(
        operation_id="drop_column",
        parameters=query_parameters(ForceQuery),
        responses={200: TableReply, 202: JobReply},
        tags=["schema"],
    )
    def delete(self, request: Request, column_name: str, **place: str) -> Response:
        order = parse_query(request, ForceQuery).model_dump()
        return self.change(request, "drop_column", order | {"column": column_name}, place)


class PrimaryKeyView(TableChangeView):
    """The primary key of a table."""

    needs = {"POST": Need.WRITE, "DELETE": Need.WRITE}

    @extend_schema(
        operation_id="add_primary_key",
        request=PrimaryKeyRequest,
        responses={201: TableReply, 202: JobReply},
        tags=["schema"],
    )
    def post(self, request: Request, **place: str) -> Response:
        order = parse_body(request, PrimaryKeyRequest).model_dump()
        return self.change(request, "add_primary_key", order, place, status=201)

    @extend_schema(operation_id="drop_primary_key", responses={200: TableReply, 202: JobReply}, tags=["schema"])
    def delete(self, request: Request, **place: str) -> Response:
        return self.change(request, "drop_primary_key", {}, place)

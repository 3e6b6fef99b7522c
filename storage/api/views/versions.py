"""The history of a table."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import Page, parse_query
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.tables import TableReply
from storage.api.schemas.versions import VersionListReply, VersionReply
from storage.services.list_versions import list_versions
from storage.services.restore_version import restore_version


class TableVersionsView(ApiView):
    """What a table was, newest first."""

    needs = {"GET": Need.READ}

    @extend_schema(
        operation_id="list_table_versions",
        parameters=query_parameters(Page),
        responses={200: VersionListReply},
        tags=["table history"],
    )
    def get(self, request: Request, **place: str) -> Response:
        page = parse_query(request, Page)
        table, versions, total = list_versions(actor=self.actor, **place, limit=page.limit, offset=page.offset)
        return reply(VersionListReply(versions=[VersionReply.of(version, table) for version in versions], total=total))


class TableVersionRestoreView(ApiView):
    """Bring an earlier version of a table back, by its number or id."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="restore_table_version", request=None, responses={200: TableReply}, tags=["table history"]
    )
    def post(self, request: Request, **place: str) -> Response:
        return reply(TableReply.of(restore_version(actor=self.actor, **place), place["bucket_name"]))

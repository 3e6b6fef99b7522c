"""SQL in a workspace over REST, and what was run."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.jobs import JobReply, accepted, prefers_async
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, has_left, reply
from workspaces.api.schemas.queries import (
    LoggedQueriesQuery,
    LoggedQueriesReply,
    LoggedQueryReply,
    QueryReply,
    QueryRequest,
)
from workspaces.api.views.workspaces import SomeWorkspaceView
from workspaces.services.list_queries import list_queries
from workspaces.services.query_body import QueryBody
from workspaces.services.query_job import request_query
from workspaces.services.run_sql import run_sql
from workspaces.services.sql_order import CONTENT_TYPES, format_of

_RUN = {
    "request": QueryRequest,
    "responses": {200: QueryReply, 202: JobReply},
    "tags": ["workspaces"],
}
_LIST = {
    "parameters": query_parameters(LoggedQueriesQuery),
    "responses": {200: LoggedQueriesReply},
    "tags": ["workspaces"],
}


class QueriesView:
    """What the forms with and without a branch in the path have in common."""

    def run(self: ApiView, request: Request, place: dict[str, str]) -> HttpResponseBase:  # type: ignore[misc]
        body = parse_body(request, QueryRequest)
        order = body.order(usual_format=format_of(request.headers.get("Accept", "")))
        if body.respond_async or prefers_async(request):
            return accepted(request_query(actor=self.actor, **place, order=order))
        answer = run_sql(actor=self.actor, **place, order=order, has_left=lambda: has_left(request))
        headers = {"X-Query-ID": answer.running.id}
        kind = CONTENT_TYPES[order.format]
        if answer.is_whole:
            return HttpResponse(answer.first, headers=headers, content_type=kind)
        return StreamingHttpResponse(QueryBody(answer), headers=headers, content_type=kind)

    def log(self: ApiView, request: Request, place: dict[str, str]) -> Response:  # type: ignore[misc]
        query = parse_query(request, LoggedQueriesQuery)
        found, total = list_queries(actor=self.actor, **place, **query.model_dump())
        shown = [LoggedQueryReply.of(each) for each in found]
        return reply(LoggedQueriesReply(queries=shown, count=len(shown), total=total))


class WorkspaceQueriesView(QueriesView, SomeWorkspaceView):
    """Queries in a workspace of main or of a dev branch."""

    needs = {"GET": Need.READ, "POST": Need.READ}

    @extend_schema(operation_id="run_query", **_RUN)
    def post(self, request: Request, **place: str) -> HttpResponseBase:
        return self.run(request, place)

    @extend_schema(operation_id="list_queries", **_LIST)
    def get(self, request: Request, **place: str) -> Response:
        return self.log(request, place)


class BranchWorkspaceQueriesView(QueriesView, ApiView):
    """Queries in a workspace of the dev branch that the path names."""

    needs = {"GET": Need.READ, "POST": Need.READ}

    @extend_schema(operation_id="run_branch_query", **_RUN)
    def post(self, request: Request, **place: str) -> HttpResponseBase:
        return self.run(request, place)

    @extend_schema(operation_id="list_branch_queries", **_LIST)
    def get(self, request: Request, **place: str) -> Response:
        return self.log(request, place)

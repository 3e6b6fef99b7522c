"""Rows of a table."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_query_and_body
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.columns import RowDeletionReply, RowDeletionRequest
from storage.api.schemas.jobs import JobReply
from storage.api.schemas.tables import ForceQuery
from storage.api.views.jobs import accepted, prefers_async
from storage.services.delete_rows import request_deletion


class RowsView(ApiView):
    """The rows of a table."""

    needs = {"DELETE": Need.WRITE}

    @extend_schema(
        operation_id="delete_rows",
        parameters=query_parameters(ForceQuery),
        request=RowDeletionRequest,
        responses={200: RowDeletionReply, 202: JobReply},
        tags=["data"],
    )
    def delete(self, request: Request, **place: str) -> Response:
        query, body = parse_query_and_body(request, ForceQuery, RowDeletionRequest)
        job = request_deletion(
            actor=self.actor,
            **place,
            where_clause=body.where_clause,
            force=query.force,
            respond_async=prefers_async(request),
        )
        return reply(RowDeletionReply.model_validate(job.result)) if job.is_finished else accepted(job)

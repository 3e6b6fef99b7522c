"""Profiles of tables."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_query
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.jobs import JobReply
from storage.api.schemas.profile import ProfileQuery, ProfileReply
from storage.api.views.jobs import accepted, prefers_async
from storage.services.profile_table import request_profile


class TableProfileView(ApiView):
    """Statistics of every column of a table, and what they say about its quality."""

    needs = {"POST": Need.READ}

    @extend_schema(
        operation_id="profile_table",
        parameters=query_parameters(ProfileQuery),
        request=None,
        responses={200: ProfileReply, 202: JobReply},
        tags=["tables"],
    )
    def post(self, request: Request, **place: str) -> Response:
        order = parse_query(request, ProfileQuery).order()
        job = request_profile(actor=self.actor, **place, order=order, respond_async=prefers_async(request))
        return reply(ProfileReply.model_validate(job.result)) if job.is_finished else accepted(job)

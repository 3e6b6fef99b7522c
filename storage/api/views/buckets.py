"""Buckets."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import OptionalPage, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.buckets import BucketCreateRequest, BucketDeleteQuery, BucketReply, BucketsReply
from storage.services.create_bucket import create_bucket
from storage.services.delete_bucket import delete_bucket
from storage.services.get_bucket import get_bucket, list_buckets


class BucketsView(ApiView):
    """The buckets of a project."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}

    @extend_schema(
        operation_id="create_bucket", request=BucketCreateRequest, responses={201: BucketReply}, tags=["buckets"]
    )
    def post(self, request: Request, project_id: str, branch_id: str) -> Response:
        body = parse_body(request, BucketCreateRequest)
        bucket = create_bucket(
            actor=self.actor,
            project_id=project_id,
            branch_id=branch_id,
            name=body.name,
            description=body.description,
        )
        return reply(BucketReply.of(bucket), status=201)

    @extend_schema(
        operation_id="list_buckets",
        parameters=query_parameters(OptionalPage),
        responses={200: BucketsReply},
        tags=["buckets"],
    )
    def get(self, request: Request, project_id: str, branch_id: str) -> Response:
        page = parse_query(request, OptionalPage)
        buckets, total = list_buckets(
            actor=self.actor, project_id=project_id, branch_id=branch_id, limit=page.limit, offset=page.offset
        )
        return reply(BucketsReply(buckets=[BucketReply.of(bucket) for bucket in buckets], total=total))


class BucketView(ApiView):
    """One bucket."""

    needs = {"GET": Need.READ, "DELETE": Need.WRITE}

    @extend_schema(operation_id="get_bucket", responses={200: BucketReply}, tags=["buckets"])
    def get(self, request: Request, project_id: str, branch_id: str, bucket_name: str) -> Response:
        bucket = get_bucket(actor=self.actor, project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
        return reply(BucketReply.of(bucket))

    @extend_schema(
        operation_id="delete_bucket",
        parameters=query_parameters(BucketDeleteQuery),
        responses={204: None},
        tags=["buckets"],
    )
    def delete(self, request: Request, project_id: str, branch_id: str, bucket_name: str) -> Response:
        query = parse_query(request, BucketDeleteQuery)
        delete_bucket(
            actor=self.actor,
            project_id=project_id,
            branch_id=branch_id,
            bucket_name=bucket_name,
            cascade=query.cascade,
            force=query.force,
        )
        return no_content()

"""Sharing buckets with other projects, and linking theirs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.buckets import BucketReply
from storage.api.schemas.sharing import (
    GrantReply,
    LinkOfBucket,
    LinkRequest,
    ShareReply,
    ShareRequest,
    SharingReply,
    UnshareQuery,
)
from storage.services.get_share import get_share
from storage.services.grant_readonly import grant_readonly, revoke_readonly
from storage.services.link_bucket import link_bucket
from storage.services.share_bucket import share_bucket
from storage.services.unlink_bucket import unlink_bucket
from storage.services.unshare_bucket import unshare_bucket

_TAGS = ["sharing"]


class BucketShareView(ApiView):
    """Which projects may link a bucket."""

    needs = {"GET": Need.MANAGE, "POST": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="get_bucket_share", responses={200: SharingReply}, tags=_TAGS)
    def get(self, request: Request, **place: str) -> Response:
        sharing = get_share(actor=self.actor, **place)
        linked_by = [LinkOfBucket.of(link) for link in sharing.links]
        return reply(SharingReply(shared_with=sharing.shared_with, linked_by=linked_by))

    @extend_schema(operation_id="share_bucket", request=ShareRequest, responses={200: ShareReply}, tags=_TAGS)
    def post(self, request: Request, **place: str) -> Response:
        body = parse_body(request, ShareRequest)
        shared_with = share_bucket(actor=self.actor, **place, target_project_id=body.target_project_id)
        return reply(ShareReply(shared_with=shared_with))

    @extend_schema(
        operation_id="unshare_bucket",
        parameters=query_parameters(UnshareQuery),
        responses={204: None},
        tags=_TAGS,
    )
    def delete(self, request: Request, **place: str) -> Response:
        query = parse_query(request, UnshareQuery)
        unshare_bucket(actor=self.actor, **place, target_project_id=query.target_project_id)
        return no_content()


class BucketLinkView(ApiView):
    """The link that a bucket is."""

    needs = {"POST": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="link_bucket", request=LinkRequest, responses={201: BucketReply}, tags=_TAGS)
    def post(self, request: Request, **place: str) -> Response:
        body = parse_body(request, LinkRequest)
        link = link_bucket(
            actor=self.actor,
            **place,
            source_project_id=body.source_project_id,
            source_bucket_name=body.source_bucket_name,
        )
        return reply(BucketReply.of(link), status=201)

    @extend_schema(operation_id="unlink_bucket", responses={204: None}, tags=_TAGS)
    def delete(self, request: Request, **place: str) -> Response:
        unlink_bucket(actor=self.actor, **place)
        return no_content()


class BucketGrantView(ApiView):
    """Calls of clients that ask for read access before they use a link."""

    needs = {"POST": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="grant_readonly", request=None, responses={200: GrantReply}, tags=_TAGS)
    def post(self, request: Request, **place: str) -> Response:
        grant_readonly(actor=self.actor, **place)
        return reply(GrantReply(bucket_name=place["bucket_name"]))

    @extend_schema(operation_id="revoke_readonly", responses={204: None}, tags=_TAGS)
    def delete(self, request: Request, **place: str) -> Response:
        revoke_readonly(actor=self.actor, **place)
        return no_content()

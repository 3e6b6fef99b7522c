"""API keys of a project."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import OptionalPage, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.api_keys import ApiKeyCreatedReply, ApiKeyCreateRequest, ApiKeyReply, ApiKeysReply
from storage.services.create_api_key import create_api_key
from storage.services.get_api_key import get_api_key, list_api_keys
from storage.services.revoke_api_key import revoke_api_key
from storage.services.rotate_api_key import rotate_api_key


class ApiKeysView(ApiView):
    """The keys of a project."""

    needs = {"GET": Need.MANAGE, "POST": Need.MANAGE}

    @extend_schema(
        operation_id="create_api_key",
        request=ApiKeyCreateRequest,
        responses={201: ApiKeyCreatedReply},
        tags=["api keys"],
    )
    def post(self, request: Request, project_id: str) -> Response:
        body = parse_body(request, ApiKeyCreateRequest)
        key, secret = create_api_key(actor=self.actor, project_id=project_id, **body.model_dump())
        return reply(ApiKeyCreatedReply.of(key, secret), status=201)

    @extend_schema(
        operation_id="list_api_keys",
        parameters=query_parameters(OptionalPage),
        responses={200: ApiKeysReply},
        tags=["api keys"],
    )
    def get(self, request: Request, project_id: str) -> Response:
        page = parse_query(request, OptionalPage)
        keys, total = list_api_keys(actor=self.actor, project_id=project_id, limit=page.limit, offset=page.offset)
        shown = [ApiKeyReply.model_validate(key) for key in keys]
        return reply(ApiKeysReply(api_keys=shown, count=len(shown), total=total))


class ApiKeyView(ApiView):
    """One key."""

    needs = {"GET": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="get_api_key", responses={200: ApiKeyReply}, tags=["api keys"])
    def get(self, request: Request, project_id: str, key_id: str) -> Response:
        return reply(ApiKeyReply.model_validate(get_api_key(actor=self.actor, project_id=project_id, key_id=key_id)))

    @extend_schema(operation_id="revoke_api_key", responses={204: None}, tags=["api keys"])
    def delete(self, request: Request, project_id: str, key_id: str) -> Response:
        revoke_api_key(actor=self.actor, project_id=project_id, key_id=key_id)
        return no_content()


class ApiKeyRotateView(ApiView):
    """Replace a key by a new one."""

    needs = {"POST": Need.MANAGE}

    @extend_schema(operation_id="rotate_api_key", request=None, responses={201: ApiKeyCreatedReply}, tags=["api keys"])
    def post(self, request: Request, project_id: str, key_id: str) -> Response:
        key, secret = rotate_api_key(actor=self.actor, project_id=project_id, key_id=key_id)
        return reply(ApiKeyCreatedReply.of(key, secret), status=201)

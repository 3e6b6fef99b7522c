"""S3 credentials of a project, and those of the installation."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from files.api.s3_schemas import (
    S3CredentialCreatedReply,
    S3CredentialReply,
    S3CredentialRequest,
    S3CredentialsReply,
)
from files.services.s3_credentials.create_s3_credential import create_s3_credential
from files.services.s3_credentials.get_s3_credential import get_s3_credential, list_s3_credentials
from files.services.s3_credentials.revoke_s3_credential import revoke_s3_credential
from kbstore.access import Actor, Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import OptionalPage, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply

_TAGS = ["s3 credentials"]
_CREATED = {201: S3CredentialCreatedReply}


def _create(actor: Actor, request: Request, project_id: str | None) -> Response:
    body = parse_body(request, S3CredentialRequest)
    credential, secret = create_s3_credential(
        actor=actor,
        project_id=project_id,
        description=body.description,
        is_read_only=body.read_only,
        key_prefix=body.key_prefix,
        expires_at=body.end(),
    )
    return reply(S3CredentialCreatedReply.of(credential, secret_access_key=secret), status=201)


def _list(actor: Actor, request: Request, project_id: str | None) -> Response:
    page = parse_query(request, OptionalPage)
    found, total = list_s3_credentials(actor=actor, project_id=project_id, limit=page.limit, offset=page.offset)
    shown = [S3CredentialReply.of(credential) for credential in found]
    return reply(S3CredentialsReply(s3_credentials=shown, count=len(shown), total=total))


def _get(actor: Actor, project_id: str | None, access_key_id: str) -> Response:
    found = get_s3_credential(actor=actor, project_id=project_id, access_key_id=access_key_id)
    return reply(S3CredentialReply.of(found))


def _revoke(actor: Actor, project_id: str | None, access_key_id: str) -> Response:
    revoke_s3_credential(actor=actor, project_id=project_id, access_key_id=access_key_id)
    return no_content()


class ProjectS3CredentialsView(ApiView):
    """The credentials of a project."""

    needs = {"GET": Need.MANAGE, "POST": Need.MANAGE}

    @extend_schema(
        operation_id="create_project_s3_credential", request=S3CredentialRequest, responses=_CREATED, tags=_TAGS
    )
    def post(self, request: Request, project_id: str) -> Response:
        return _create(self.actor, request, project_id)

    @extend_schema(
        operation_id="list_project_s3_credentials",
        parameters=query_parameters(OptionalPage),
        responses={200: S3CredentialsReply},
        tags=_TAGS,
    )
    def get(self, request: Request, project_id: str) -> Response:
        return _list(self.actor, request, project_id)


class ProjectS3CredentialView(ApiView):
    """One credential of a project."""

    needs = {"GET": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="get_project_s3_credential", responses={200: S3CredentialReply}, tags=_TAGS)
    def get(self, request: Request, project_id: str, access_key_id: str) -> Response:
        return _get(self.actor, project_id, access_key_id)

    @extend_schema(operation_id="revoke_project_s3_credential", responses={204: None}, tags=_TAGS)
    def delete(self, request: Request, project_id: str, access_key_id: str) -> Response:
        return _revoke(self.actor, project_id, access_key_id)


class S3CredentialsView(ApiView):
    """The credentials without a project, which open every bucket."""

    needs = {"GET": Need.ADMIN, "POST": Need.ADMIN}

    @extend_schema(operation_id="create_s3_credential", request=S3CredentialRequest, responses=_CREATED, tags=_TAGS)
    def post(self, request: Request) -> Response:
        return _create(self.actor, request, None)

    @extend_schema(
        operation_id="list_s3_credentials",
        parameters=query_parameters(OptionalPage),
        responses={200: S3CredentialsReply},
        tags=_TAGS,
    )
    def get(self, request: Request) -> Response:
        return _list(self.actor, request, None)


class S3CredentialView(ApiView):
    """One credential without a project."""

    needs = {"GET": Need.ADMIN, "DELETE": Need.ADMIN}

    @extend_schema(operation_id="get_s3_credential", responses={200: S3CredentialReply}, tags=_TAGS)
    def get(self, request: Request, access_key_id: str) -> Response:
        return _get(self.actor, None, access_key_id)

    @extend_schema(operation_id="revoke_s3_credential", responses={204: None}, tags=_TAGS)
    def delete(self, request: Request, access_key_id: str) -> Response:
        return _revoke(self.actor, None, access_key_id)

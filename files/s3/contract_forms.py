"""How clients of `/s3` prove who they are without a signature of AWS: own pre-signed URLs and API keys."""

from __future__ import annotations

from files.models import ObjectBucket
from files.object_errors import InvalidArgument, ObjectAccessDenied
from files.s3.call import Form, Operation, Proof
from files.s3.own_urls import is_own_url, require_own_url
from files.s3.request import S3Request
from files.s3.signature.payload import CHUNKS_SIGNED, CHUNKS_SIGNED_TRAILER, PAYLOAD_HEADER, read_payload
from files.services.objects.buckets import builtin_name, find_bucket
from files.services.objects.caller import ADMIN_OWNER, Grant, S3Caller, project_owner
from kbstore.access import Actor, Need, Role
from kbstore.errors import Forbidden
from kbstore.rest.failed_logins import note_failed_login
from storage.services.authenticate import authenticate

#: What an own URL can be made for; its signature says nothing of sub-resources.
_BY_OWN_URL = frozenset({"GetObject", "HeadObject", "PutObject", "DeleteObject"})
_KEY_HEADERS = ("x-api-key", "x-amz-security-token")


class MissingAuthentication(ObjectAccessDenied):
    """None of the forms is present."""


def is_contract_form(request: S3Request, operation: Operation) -> bool:
    """Whether these forms decide; own URLs lead to `/s3` in whichever profile it is served."""
    return request.is_contract or (bool(request.mount) and operation.name in _BY_OWN_URL and is_own_url(request))


def contract_caller(request: S3Request, operation: Operation) -> tuple[S3Caller, Proof]:
    """The caller by the first of these forms that is present.

    Raises MissingAuthentication, ObjectAccessDenied for a key that does not open the bucket, OwnUrlRefused,
    InvalidExpiry, NoSuchBucket for an own URL, TooManyFailedLogins.
    """
    if operation.name in _BY_OWN_URL and is_own_url(request):
        return _caller_by_own_url(request), Proof(Form.OWN_URL, payload=_payload(request))
    key = sent_key(request)
    if key is None:
        raise MissingAuthentication
    return _caller_by_key(request, key), Proof(Form.KEY, payload=_payload(request))


def sent_key(request: S3Request) -> str | None:
    """The API key of a request, from the first header that holds one."""
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return _text(bearer)
    for name in _KEY_HEADERS:
        sent = request.header(name)
        if sent:
            return _text(sent)
    return None


def _payload(request: S3Request) -> str:
    """A hash of the body that the client sends without a signature is checked all the same."""
    payload = read_payload(request.header(PAYLOAD_HEADER))
    if payload in (CHUNKS_SIGNED, CHUNKS_SIGNED_TRAILER):
        raise InvalidArgument("Signed chunks need a signed request.", ArgumentName=PAYLOAD_HEADER)
    return payload


def _text(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "replace")  # header values arrive as Latin-1


def _caller_by_own_url(request: S3Request) -> S3Caller:
    require_own_url(request)
    bucket = find_bucket(request.bucket or "")
    return S3Caller(
        owner=bucket.owner,
        display_name=bucket.owner,
        project_id=bucket.project_id,
        is_read_only=request.method in ("GET", "HEAD"),
        grant=Grant(bucket.name, request.key or ""),
    )


def _caller_by_key(request: S3Request, key: str) -> S3Caller:
    actor = authenticate(key)
    if actor is None:
        note_failed_login(request.client_address)
        raise ObjectAccessDenied
    if actor.role is Role.ADMIN:
        return S3Caller(ADMIN_OWNER, ADMIN_OWNER)
    caller = _caller_of_project(actor)
    if request.bucket is not None and not _is_bucket_of(request.bucket, actor.project_id or ""):
        raise ObjectAccessDenied  # whether that bucket exists is not for this caller to know
    return caller


def _caller_of_project(actor: Actor) -> S3Caller:
    project_id = actor.project_id or ""
    try:
        actor.require(Need.FILES, project_id=project_id)
    except Forbidden as error:
        raise ObjectAccessDenied from error
    return S3Caller(
        owner=project_owner(project_id),
        display_name=project_id,
        project_id=project_id,
        is_read_only=actor.role is Role.BRANCH_READ,
    )


def _is_bucket_of(bucket_name: str, project_id: str) -> bool:
    if bucket_name in (project_id, builtin_name(project_id)):
        return True
    return ObjectBucket.objects.filter(name=bucket_name, project=project_id).exists()

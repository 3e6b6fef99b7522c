"""Which way a request proves who sends it, in the order of its profile."""

from __future__ import annotations

import time

from django.conf import settings

from files.object_errors import (
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidObjectRequest,
    ObjectAccessDenied,
    SignatureDoesNotMatch,
)
from files.s3.call import Form, Operation, Proof
from files.s3.contract_forms import contract_caller, is_contract_form
from files.s3.host_names import forwarded_host
from files.s3.request import S3Request
from files.s3.signature.claim import ALGORITHM, Claim
from files.s3.signature.header_form import read_header_form
from files.s3.signature.query_form import is_query_form, read_query_form
from files.s3.signature.verify import require_coverage, require_fresh, verified_key
from files.s3.threads import in_thread
from files.services.objects.caller import Grant, S3Caller
from files.services.s3_credentials.find_secret import Found, find_secret, note_use, remembered_secret
from kbstore.rest.failed_logins import note_failed_login

#: May do nothing.
NOBODY = S3Caller(owner="", display_name="", grant=Grant("", ""))
_V2_PARAMETERS = ("AWSAccessKeyId", "Signature")
_ONE_MECHANISM = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
    "or the Authorization header should be specified"
)


async def authenticate(request: S3Request, operation: Operation) -> tuple[S3Caller, Proof]:
    """Raises the ObjectErrors of the signature's checks, ObjectAccessDenied for a request without any proof.

    Too many wrong proofs from one address raise TooManyFailedLogins instead.
    """
    claim = read_claim(request)
    if claim is None:
        return await in_thread(_without_signature, request, operation)
    # The way to a thread and back costs more than the arithmetic: it is taken only to ask the catalog.
    remembered = remembered_secret(claim.access_key_id)
    if remembered is not None:
        return _verified(request, claim, remembered)
    found = await in_thread(find_secret, claim.access_key_id)
    proved = _verified(request, claim, found)
    if found is not None:
        await in_thread(note_use, found)
    return proved


def read_claim(request: S3Request) -> Claim | None:
    """What the signature of a request says, None if there is none of version 4. Raises errors of its syntax."""
    authorization = request.header("authorization") or ""
    if is_query_form(request):
        if authorization:
            raise InvalidArgument(_ONE_MECHANISM, ArgumentName="Authorization", ArgumentValue=_scheme(authorization))
        return read_query_form(request)
    if _scheme(authorization) == ALGORITHM:
        return read_header_form(request, authorization)
    return None


def _verified(request: S3Request, claim: Claim, found: Found | None) -> tuple[S3Caller, Proof]:
    if found is None:
        note_failed_login(request.client_address)
        raise InvalidAccessKeyId(AWSAccessKeyId=claim.access_key_id)
    require_coverage(request, claim)
    try:
        key = verified_key(request, claim, secret=found.secret, host=forwarded_host(request.headers))
    except SignatureDoesNotMatch:
        note_failed_login(request.client_address)
        raise
    require_fresh(claim, now=time.time(), max_age_seconds=settings.S3_SIG_V4_MAX_AGE_SECONDS)
    proof = Proof(
        form=claim.form,
        payload=claim.payload,
        signing_key=key,
        scope=str(claim.scope),
        timestamp=claim.timestamp,
        signature=claim.signature,
    )
    return found.caller, proof


def _without_signature(request: S3Request, operation: Operation) -> tuple[S3Caller, Proof]:
    authorization = request.header("authorization") or ""
    if _scheme(authorization) == "AWS" or all(request.parameter(name) is not None for name in _V2_PARAMETERS):
        raise InvalidObjectRequest(
            f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
        )
    if operation.name == "PostObject":
        return NOBODY, Proof(Form.POLICY)  # the form itself holds a policy and its signature
    if is_contract_form(request, operation):
        return contract_caller(request, operation)
    if authorization:
        raise InvalidArgument("Unsupported Authorization Type", ArgumentName="Authorization")
    if any(name.startswith("response-") for name in request.parameters):
        raise InvalidObjectRequest("Request specific response headers cannot be used for anonymous GET requests.")
    raise ObjectAccessDenied


def _scheme(authorization: str) -> str:
    return authorization.partition(" ")[0]

"""A signature in the query: URLs that were signed before they are used."""

from __future__ import annotations

import re

from files.object_errors import AuthorizationQueryParametersError
from files.s3.call import Form
from files.s3.request import S3Request
from files.s3.signature.claim import (
    ALGORITHM,
    Claim,
    SignatureNotAccepted,
    moment_of,
    read_credential,
    read_signed_headers,
)
from files.s3.signature.payload import PAYLOAD_HEADER, read_payload

MAX_EXPIRES_SECONDS = 604_800
_REQUIRED = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def is_query_form(request: S3Request) -> bool:
    """Whether it carries a signature of this kind, a whole one or a part. Raises InvalidURI.

    A signature with an expiry alone is the older kind of `/s3`.
    """
    names = request.parameters
    return "X-Amz-Algorithm" in names or "X-Amz-Credential" in names


def read_query_form(request: S3Request) -> Claim:
    """Raises AuthorizationQueryParametersError, SignatureNotAccepted for an expiry out of range, InvalidArgument."""
    fields = _fields(request)
    try:
        access_key_id, scope = read_credential(fields["Credential"])
    except ValueError as error:
        raise AuthorizationQueryParametersError(f"Error parsing the X-Amz-Credential parameter; {error}") from error
    signed_at = moment_of(fields["Date"])
    if signed_at is None:
        raise AuthorizationQueryParametersError(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    return Claim(
        form=Form.QUERY,
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=read_signed_headers(fields["SignedHeaders"]),
        signature=fields["Signature"],
        timestamp=fields["Date"],
        signed_at=signed_at,
        payload=read_payload(request.header(PAYLOAD_HEADER) or request.parameter("X-Amz-Content-Sha256")),
        expires_seconds=_expires_seconds(fields["Expires"]),
    )


def _fields(request: S3Request) -> dict[str, str]:
    fields = {name: request.parameter(f"X-Amz-{name}") or "" for name in _REQUIRED}
    if not all(fields.values()):
        raise AuthorizationQueryParametersError(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    if fields["Algorithm"] != ALGORITHM:
        raise AuthorizationQueryParametersError(f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    return fields


def _expires_seconds(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    seconds = int(text)
    if not 1 <= seconds <= MAX_EXPIRES_SECONDS:
        raise SignatureNotAccepted(f"X-Amz-Expires must be between 1 and {MAX_EXPIRES_SECONDS} seconds")
    return seconds

"""A signature in the header: `Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from files.object_errors import AuthorizationHeaderMalformed
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

_FIELDS = frozenset({"Credential", "SignedHeaders", "Signature"})
_NO_DATE = "AWS authentication requires a valid Date or x-amz-date header"


def read_header_form(request: S3Request, authorization: str) -> Claim:
    """Raises AuthorizationHeaderMalformed, InvalidArgument for an unknown kind of payload, SignatureNotAccepted."""
    fields = _fields(authorization)
    try:
        access_key_id, scope = read_credential(fields["Credential"])
    except ValueError as error:
        raise AuthorizationHeaderMalformed(f"The authorization header is malformed; {error}") from error
    payload = read_payload(request.header(PAYLOAD_HEADER))
    timestamp, signed_at = _moment(request)
    return Claim(
        form=Form.HEADER,
        access_key_id=access_key_id,
        scope=scope,
        signed_headers=read_signed_headers(fields["SignedHeaders"]),
        signature=fields["Signature"],
        timestamp=timestamp,
        signed_at=signed_at,
        payload=payload,
    )


def _fields(authorization: str) -> dict[str, str]:
    pieces = authorization.removeprefix(ALGORITHM).split(",")
    fields = {name.strip(): value.strip() for name, _, value in (piece.partition("=") for piece in pieces)}
    if len(pieces) != len(_FIELDS) or fields.keys() != _FIELDS or not all(fields.values()):
        raise AuthorizationHeaderMalformed(
            "The authorization header is malformed; it must consist of Credential, SignedHeaders and Signature."
        )
    return fields


def _moment(request: S3Request) -> tuple[str, float]:
    sent = request.header("x-amz-date")
    if sent is None:
        sent = _as_timestamp(request.header("date"))
    moment = moment_of(sent)
    if moment is None:
        raise SignatureNotAccepted(_NO_DATE)
    return sent, moment


def _as_timestamp(date: str | None) -> str:
    """`Sat, 01 Mar 2025 10:20:30 GMT` in the form that is signed; any other text as it is."""
    if date is None:
        return ""
    try:
        moment = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return date
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))

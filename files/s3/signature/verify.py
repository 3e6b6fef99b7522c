"""Whether a claim holds: what it covers, its signature, its age."""

from __future__ import annotations

import time
from collections.abc import Iterator

from files.object_errors import RequestTimeTooSkewed, SignatureDoesNotMatch
from files.s3.call import Form
from files.s3.request import S3Request
from files.s3.signature import canonical
from files.s3.signature.claim import ALGORITHM, Claim, SignatureNotAccepted
from files.s3.signature.keys import is_equal, sign, signing_key
from files.s3.signature.payload import OF_NO_BYTES, PAYLOAD_HEADER

_URL_SIGNATURE = b"X-Amz-Signature"
_TOKEN_HEADER, _TOKEN_PARAMETER = b"x-amz-security-token:", b"X-Amz-Security-Token="


def require_coverage(request: S3Request, claim: Claim) -> None:
    """Raise SignatureNotAccepted unless the host and all that S3 itself would act on is signed."""
    signed = frozenset(claim.signed_headers)
    unsigned = sorted(name for name in request.header_names if name.startswith("x-amz-") and name not in signed)
    if "host" not in signed:
        unsigned.insert(0, "host")
    if unsigned:
        raise SignatureNotAccepted(
            "There were headers present in the request which were not signed", HeadersNotSigned=", ".join(unsigned)
        )


def verified_key(request: S3Request, claim: Claim, *, secret: str, host: bytes | None = None) -> bytes:
    """The signing key, if the signature was made by it. Raises SignatureDoesNotMatch.

    `host` is the one that the client saw, where that is not the one received.
    """
    if claim.timestamp[:8] != claim.scope.day:
        raise SignatureDoesNotMatch(AWSAccessKeyId=claim.access_key_id)
    key = signing_key(secret, claim.scope)
    texts = []
    for request_text in _canonical_requests(request, claim, host=host):
        text = canonical.string_to_sign(
            algorithm=ALGORITHM, timestamp=claim.timestamp, scope=str(claim.scope), request=request_text
        )
        if is_equal(sign(key, text), claim.signature):
            return key
        texts.append((text, request_text))
    raise _mismatch(claim, *texts[0])


def require_fresh(claim: Claim, *, now: float, max_age_seconds: float) -> None:
    """Raise RequestTimeTooSkewed, for a URL SignatureNotAccepted, unless it is good at `now`."""
    if claim.form is Form.HEADER:
        if abs(now - claim.signed_at) > max_age_seconds:
            raise RequestTimeTooSkewed(
                RequestTime=claim.timestamp,
                ServerTime=_iso(now),
                MaxAllowedSkewMilliseconds=str(int(max_age_seconds * 1000)),
            )
        return
    lifetime = claim.expires_seconds or 0
    if claim.signed_at - now > max_age_seconds:
        raise SignatureNotAccepted("Request is not yet valid", ServerTime=_iso(now))
    if now > claim.signed_at + lifetime:
        elements = {"X-Amz-Expires": str(lifetime), "Expires": _iso(claim.signed_at + lifetime)}
        raise SignatureNotAccepted("Request has expired", **elements, ServerTime=_iso(now))


def _canonical_requests(request: S3Request, claim: Claim, *, host: bytes | None) -> Iterator[bytes]:
    """In the one right form, and with path and query just as sent: some clients sign these without a second look.

    A client that does not send the payload's hash has signed UNSIGNED-PAYLOAD or, as curl before 8.0, that of no bytes.
    """
    without = _URL_SIGNATURE if claim.form is Form.QUERY else None
    headers = request.headers if host is None else _with_host(request, host)
    header_lines = canonical.canonical_headers(headers, claim.signed_headers)

    def text(path: bytes, query: bytes, payload: str) -> bytes:
        return canonical.canonical_request(
            method=request.method,
            path=path,
            query=query,
            headers=header_lines,
            signed=claim.signed_headers,
            payload=payload,
        )

    path, query = request.raw_path, request.raw_query
    right = canonical.canonical_path(path), canonical.canonical_query(query, without=without)
    sent = path, canonical.sorted_query(query, without=without)
    is_told = claim.form is Form.QUERY or request.header(PAYLOAD_HEADER) is not None
    for payload in (claim.payload,) if is_told else (claim.payload, OF_NO_BYTES):
        yield text(*right, payload)
        if sent != right:
            yield text(*sent, payload)


def _with_host(request: S3Request, host: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in request.headers if name != b"host"] + [(b"host", host)]


def _mismatch(claim: Claim, text: str, request: bytes) -> SignatureDoesNotMatch:
    """Says what was signed here, so that the author of a client finds the difference."""
    return SignatureDoesNotMatch(
        AWSAccessKeyId=claim.access_key_id,
        StringToSign=text,
        SignatureProvided=claim.signature,
        StringToSignBytes=text.encode().hex(" "),
        CanonicalRequest=_without_tokens(request).decode("utf-8", "replace"),
    )


def _without_tokens(request: bytes) -> bytes:
    """A security token may be an API key."""
    method, path, query, *rest = request.split(b"\n")
    lines = [_TOKEN_HEADER + b"..." if line.startswith(_TOKEN_HEADER) else line for line in rest]
    pairs = [_TOKEN_PARAMETER + b"..." if pair.startswith(_TOKEN_PARAMETER) else pair for pair in query.split(b"&")]
    return b"\n".join((method, path, b"&".join(pairs), *lines))


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))

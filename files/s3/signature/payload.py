"""What `x-amz-content-sha256` may say of a body."""

from __future__ import annotations

import re
from hashlib import sha256

from files.object_errors import InvalidArgument, NotSupportedByServer

PAYLOAD_HEADER = "x-amz-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"
OF_NO_BYTES = sha256(b"").hexdigest()
CHUNKS_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHUNKS_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
CHUNKS_SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_KNOWN = frozenset({UNSIGNED, CHUNKS_UNSIGNED_TRAILER, CHUNKS_SIGNED, CHUNKS_SIGNED_TRAILER})
_ASYMMETRIC = "STREAMING-AWS4-ECDSA-"
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")


def read_payload(value: str | None) -> str:
    """The value, UNSIGNED-PAYLOAD when there is none. Raises InvalidArgument, NotSupportedByServer."""
    if value is None:
        return UNSIGNED
    if value in _KNOWN or _DIGEST.fullmatch(value):
        return value
    if value.startswith(_ASYMMETRIC):
        raise NotSupportedByServer
    raise InvalidArgument(
        f"x-amz-content-sha256 must be {UNSIGNED}, {CHUNKS_UNSIGNED_TRAILER}, {CHUNKS_SIGNED}, "
        f"{CHUNKS_SIGNED_TRAILER} or a valid sha256 value.",
        ArgumentName=PAYLOAD_HEADER,
        ArgumentValue=value,
    )

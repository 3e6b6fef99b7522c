"""Signing keys, and what they sign."""

from __future__ import annotations

import hmac
from functools import lru_cache

from files.s3.signature.claim import TERMINATOR, Scope


@lru_cache(maxsize=1024)
def signing_key(secret: str, scope: Scope) -> bytes:
    """The key of a secret for one day, region and service. Kept, as clients use the same one all day."""
    key = b"AWS4" + secret.encode()
    for part in (scope.day, scope.region, scope.service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign(key: bytes, text: str) -> str:
    """64 hexadecimal digits."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def is_equal(expected: str, received: str) -> bool:
    """In constant time, whatever was received."""
    return hmac.compare_digest(expected.encode(), received.encode())

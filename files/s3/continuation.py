"""Tokens with which clients ask for the next page: opaque to them, and only the server can make one."""

from __future__ import annotations

import base64
import binascii
import hmac

from django.utils.crypto import salted_hmac

from files.object_errors import InvalidArgument

_SALT = "files.s3.continuation"
_MAC_BYTES = 12


def token_after(name: str) -> str:
    """For the items behind that key, common prefix or bucket."""
    raw = name.encode()
    return base64.urlsafe_b64encode(_mac(raw) + raw).decode().rstrip("=")


def name_in(token: str) -> str:
    """What `token_after` was given. Raises InvalidArgument for a token that this installation has not made."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unknown(token) from error
    mac, name = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(name)):
        raise _unknown(token)
    return name.decode()


def _mac(name: bytes) -> bytes:
    return salted_hmac(_SALT, name, algorithm="sha256").digest()[:_MAC_BYTES]


def _unknown(token: str) -> InvalidArgument:
    return InvalidArgument(
        "The continuation token provided is incorrect", ArgumentName="continuation-token", ArgumentValue=token
    )

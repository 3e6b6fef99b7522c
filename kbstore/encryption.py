"""Secrets at rest: encrypted with keys derived from the installation's secret key, one for each purpose."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


class Undecipherable(Exception):  # noqa: N818 - an answer: the caller decides what it means
    """The data were encrypted under another secret key or label, for another owner, or were changed."""


def encrypt(label: str, data: bytes, *, owner: str = "") -> bytes:
    """`data` as only `decrypt` with the same label, owner and secret key reads it; each call gives other bytes.

    `label` names the purpose. `owner` is what the data belong to, such as the key of their row: moved to another row
    they cannot be read. 29 bytes longer than `data`.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(_derived_key(label)).encrypt(nonce, data, owner.encode())


def decrypt(label: str, data: bytes, *, owner: str = "") -> bytes:
    """What was given to `encrypt`. Raises Undecipherable."""
    start = len(_FORMAT)
    nonce, sealed = data[start : start + _NONCE_BYTES], data[start + _NONCE_BYTES :]
    if data[:start] != _FORMAT or len(nonce) != _NONCE_BYTES:
        raise Undecipherable
    try:
        return AESGCM(_derived_key(label)).decrypt(nonce, sealed, owner.encode())
    except InvalidTag as error:
        raise Undecipherable from error


def fingerprint(label: str, data: bytes) -> str:
    """64 hex digits by which `data` can be recognised; without the secret key nobody can try guesses on it."""
    return hmac.new(_derived_key(label), data, hashlib.sha256).hexdigest()


def _derived_key(label: str) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=f"kbstore {label}".encode())
    return derivation.derive(settings.SECRET_KEY.encode())

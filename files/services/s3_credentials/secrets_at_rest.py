"""Secrets of S3 credentials as they lie in the catalog: encrypted, each bound to its row."""

from __future__ import annotations

from files.models import S3Credential
from kbstore.encryption import decrypt, encrypt

_LABEL = "s3 credential"


def sealed_secret(secret: str, *, access_key_id: str) -> bytes:
    """What the row of that access key keeps."""
    return encrypt(_LABEL, secret.encode(), owner=access_key_id)


def unsealed_secret(credential: S3Credential) -> str:
    """Raises kbstore.encryption.Undecipherable when the installation's secret key has changed."""
    return decrypt(_LABEL, bytes(credential.secret), owner=credential.access_key_id).decode()

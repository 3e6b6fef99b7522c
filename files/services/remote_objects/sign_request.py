"""Signature V4 of requests that this server sends."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_NOTHING = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class RemoteCredentials:
    """The secrets stay out of every text that is made of it."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def encoded(text: str, *, safe: str = "") -> str:
    return quote(text, safe=safe + "-._~")


def signed_headers(
    credentials: RemoteCredentials, *, region: str, authority: str, path: str, query: Mapping[str, str]
) -> dict[str, str]:
    """The headers of a GET without a body; `path` is encoded as it will be sent."""
    now = datetime.datetime.now(datetime.UTC)
    headers = {"host": authority, "x-amz-content-sha256": _NOTHING, "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}"}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(("GET", path, query_string(query), lines, names, _NOTHING))
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def query_string(query: Mapping[str, str]) -> str:
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(query.items()))

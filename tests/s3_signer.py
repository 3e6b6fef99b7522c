"""A signer that can be told to sign wrongly, and a sender that changes nothing on the way."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from tests.s3_cast import GLOBAL_PAIR

NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def code(self) -> str:
        return self.element("Code")

    @property
    def error(self) -> tuple[int, str]:
        return self.status, self.code

    def element(self, name: str) -> str:
        return self.text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]


@dataclass(frozen=True)
class Draft:
    """A request to sign and send; `with_` changes it before or after it was signed."""

    endpoint: str
    method: str = "GET"
    #: Path and query as they go over the wire, below the endpoint.
    target: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc

    @property
    def whole_target(self) -> str:
        return urlsplit(self.endpoint).path + self.target

    def with_(self, **changes: Any) -> Draft:
        return replace(self, **changes)

    def with_headers(self, **fields: str | None) -> Draft:
        """Header names with `_` for `-`; None takes one away."""
        changed = self.headers | {name.replace("_", "-"): value for name, value in fields.items()}
        return replace(self, headers={name: value for name, value in changed.items() if value is not None})

    def signed(
        self,
        *,
        pair: tuple[str, str] = GLOBAL_PAIR,
        seconds_ago: float = 0,
        day: str | None = None,
        signed: list[str] | None = None,
    ) -> Draft:
        """With a signature in the header, over all headers that it has unless `signed` names others."""
        timestamp = timestamp_of(time.time() - seconds_ago)
        payload = hashlib.sha256(self.body).hexdigest()
        fields = {"host": self.host, "x-amz-date": timestamp, "x-amz-content-sha256": payload} | self.headers
        names = sorted(fields) if signed is None else signed
        scope = f"{day or timestamp[:8]}/local/s3/aws4_request"
        path, _, query = self.whole_target.partition("?")
        text = canonical(self.method, path, query, fields, names, fields["x-amz-content-sha256"])
        signature = signature_of(pair[1], scope, timestamp, text)
        fields["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={pair[0]}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return replace(self, headers=fields)

    def url_signed(
        self,
        *,
        pair: tuple[str, str] = GLOBAL_PAIR,
        seconds_ago: float = 0,
        expires: str = "60",
        signed: list[str] | None = None,
        **parameters: str | None,
    ) -> Draft:
        """With a signature in the query; `parameters` replace those it would have, None leaves one out."""
        timestamp = timestamp_of(time.time() - seconds_ago)
        fields = {"host": self.host} | self.headers
        names = sorted(fields) if signed is None else signed
        scope = f"{timestamp[:8]}/local/s3/aws4_request"
        own: dict[str, str | None] = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{pair[0]}/{scope}",
            "X-Amz-Date": timestamp,
            "X-Amz-Expires": expires,
            "X-Amz-SignedHeaders": ";".join(names),
        }
        own |= {f"X-Amz-{name}": value for name, value in parameters.items() if name != "Signature"}
        pairs = [f"{name}={quote(value, safe='')}" for name, value in own.items() if value is not None]
        path, _, query = self.whole_target.partition("?")
        query = "&".join([*(piece for piece in [query] if piece), *pairs])
        text = canonical(self.method, path, query, fields, names, "UNSIGNED-PAYLOAD")
        signature = parameters.get("Signature", signature_of(pair[1], scope, timestamp, text))
        if signature is not None:
            query += f"&X-Amz-Signature={signature}"
        target = self.target.partition("?")[0] + f"?{query}"
        return replace(self, target=target, headers=fields)

    def send(self) -> Reply:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.putrequest(self.method, self.whole_target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"host": self.host, "content-length": str(len(self.body))}.items():
                connection.putheader(name, self.headers.get(name, value))
            for name, value in self.headers.items():
                if name not in ("host", "content-length"):
                    connection.putheader(name, value)
            connection.endheaders(self.body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()


def timestamp_of(moment: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def canonical(method: str, path: str, query: str, fields: dict[str, str], names: list[str], payload: str) -> str:
    """Path and query are already in their canonical encoding."""
    pairs = sorted((name, value) for name, _, value in (piece.partition("=") for piece in query.split("&") if piece))
    lines = "".join(f"{name}:{fields.get(name, '').strip()}\n" for name in names)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join([method, path, joined, lines, ";".join(names), payload])


def signature_of(secret: str, scope: str, timestamp: str, request: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    digest = hashlib.sha256(request.encode()).hexdigest()
    return hmac.digest(key, f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hex()

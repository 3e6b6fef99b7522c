"""Bodies in the framing of aws-chunked, made without the server's own code."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass
class Signer:
    """Signs chunk after chunk, beginning with the signature of the request."""

    key: bytes
    timestamp: str
    scope: str
    previous: str

    def chunk(self, data: bytes) -> str:
        return self._sign("AWS4-HMAC-SHA256-PAYLOAD", NOTHING, hashlib.sha256(data).hexdigest())

    def trailers(self, lines: bytes) -> str:
        return self._sign("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines).hexdigest())

    def _sign(self, algorithm: str, *digests: str) -> str:
        text = "\n".join([algorithm, self.timestamp, self.scope, self.previous, *digests])
        self.previous = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous


def framed(chunks: Sequence[bytes], trailers: Mapping[str, str] | None = None, signer: Signer | None = None) -> bytes:
    """The body; `trailers` None means a form without trailers, which only signed chunks have."""
    body = b"".join(_head(chunk, signer) + chunk + b"\r\n" for chunk in chunks if chunk) + _head(b"", signer)
    for name, value in (trailers or {}).items():
        body += f"{name}:{value}\r\n".encode()
    if trailers is not None and signer is not None:
        lines = "".join(f"{name}:{value}\n" for name, value in trailers.items()).encode()
        body += f"x-amz-trailer-signature:{signer.trailers(lines)}\r\n".encode()
    return body + b"\r\n"


def _head(chunk: bytes, signer: Signer | None) -> bytes:
    signature = f";chunk-signature={signer.chunk(chunk)}" if signer else ""
    return f"{len(chunk):x}{signature}\r\n".encode()

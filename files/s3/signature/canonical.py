"""The one text that client and server must agree on: a request in canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ENCODED = [bytes([byte]) if byte in _UNRESERVED else b"%%%02X" % byte for byte in range(256)]
_IN_PATH = re.compile(rb"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]", re.DOTALL)
_IN_QUERY = re.compile(rb"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]", re.DOTALL)


def canonical_path(raw: bytes) -> bytes:
    """The path as received, each byte encoded in the one right way; an encoded slash stays encoded."""
    return _IN_PATH.sub(_encoded, raw) or b"/"


def canonical_query(raw: bytes, *, without: bytes | None = None) -> bytes:
    """Names and values encoded in the one right way and sorted; without the parameters of one name."""
    pairs = sorted((_normal(name), _normal(value)) for name, value in _pairs(raw))
    return b"&".join(b"%b=%b" % pair for pair in pairs if pair[0] != without)


def sorted_query(raw: bytes, *, without: bytes | None = None) -> bytes:
    """Names and values as they were sent, only sorted: what clients sign that leave the encoding to their caller."""
    return b"&".join(b"%b=%b" % pair for pair in sorted(_pairs(raw)) if pair[0] != without)


def canonical_headers(headers: Iterable[tuple[bytes, bytes]], signed: Sequence[str]) -> bytes:
    """A line for each signed header that was received, repeated ones joined. Names are in lower case already."""
    wanted = {name.encode("latin-1"): [] for name in signed}  # type: dict[bytes, list[bytes]]
    for name, value in headers:
        if name in wanted:
            wanted[name].append(b" ".join(value.split()))
    return b"".join(b"%b:%b\n" % (name, b",".join(values)) for name, values in wanted.items() if values)


def canonical_request(
    *, method: str, path: bytes, query: bytes, headers: bytes, signed: Sequence[str], payload: str
) -> bytes:
    names = ";".join(signed).encode("latin-1")
    return b"\n".join((method.encode(), path, query, headers, names, payload.encode("latin-1")))


def string_to_sign(*, algorithm: str, timestamp: str, scope: str, request: bytes) -> str:
    return f"{algorithm}\n{timestamp}\n{scope}\n{sha256(request).hexdigest()}"


def _pairs(raw: bytes) -> Iterable[tuple[bytes, bytes]]:
    for piece in raw.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            yield name, value


def _normal(raw: bytes) -> bytes:
    return _IN_QUERY.sub(_encoded, raw.replace(b"+", b"%20"))


def _encoded(found: re.Match[bytes]) -> bytes:
    piece = found.group()
    return _ENCODED[int(piece[1:], 16)] if len(piece) == 3 else _ENCODED[piece[0]]

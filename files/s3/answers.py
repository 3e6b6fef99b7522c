"""What handlers return; the application sends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache

from files.services.objects.content_store import PieceRange


@dataclass
class ObjectBody:
    """Bytes of an object: pieces of files, one after the other. Whoever sends it closes it."""

    pieces: Sequence[PieceRange]
    #: All of them, where they are few and have been read already.
    read: bytes | None = None

    @property
    def length(self) -> int:
        return sum(piece.length for piece in self.pieces) if self.read is None else len(self.read)

    def close(self) -> None:
        for piece in self.pieces:
            piece.stream.close()


@dataclass
class Answer:
    """A complete answer, with bytes of its own or those of an object. Header names are in lower case."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content: ObjectBody | None = None


def xml(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An XML document."""
    return Answer(status, {"content-type": "application/xml"} | (headers or {}), body)


def http_date(moment: datetime) -> str:
    """`Sat, 01 Mar 2025 10:20:30 GMT`."""
    return _http_date(int(moment.timestamp()))


@lru_cache(maxsize=4096)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def iso_date(moment: datetime) -> str:
    """`2025-03-01T10:20:30.000Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def quoted(etag: str) -> str:
    return f'"{etag}"'

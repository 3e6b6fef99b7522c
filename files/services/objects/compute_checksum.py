"""Compute the checksum of a content whose checksum nobody knows, by reading it."""

from __future__ import annotations

from collections.abc import Iterator

from files.models import Content
from files.services.content import open_object
from files.services.objects.checksums import ALGORITHMS
from files.services.objects.content_store import PieceRange, pieces_of

_BLOCK_BYTES = 1 << 20


def compute_checksum(content: Content, algorithm: str) -> bytes:
    """Of all its bytes. Raises FileNotFoundError if they were removed meanwhile."""
    running = ALGORITHMS[algorithm].start()
    for piece in opened_pieces(content, start=0, length=content.size_bytes):
        for block in _blocks(piece):
            running.update(block)
    return running.digest()


def opened_pieces(content: Content, *, start: int, length: int) -> Iterator[PieceRange]:
    """The files that hold these bytes, one open after the other. Raises FileNotFoundError."""
    end, position = start + length, 0
    for path, size_bytes in pieces_of(content):
        first, last = max(start, position), min(end, position + size_bytes)
        if first < last:
            with open_object(path) as stream:
                yield PieceRange(stream, first - position, last - first)
        position += size_bytes


def _blocks(piece: PieceRange) -> Iterator[bytes]:
    piece.stream.seek(piece.offset)
    left = piece.length
    while left:
        block = piece.stream.read(min(_BLOCK_BYTES, left))
        if not block:
            raise OSError("the content ended early")
        left -= len(block)
        yield block

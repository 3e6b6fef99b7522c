"""Compute the checksum of a content whose checksum nobody knows, by reading it."""

from __future__ import annotations

from collections.abc import Iterator

from files.models import Content
from files.services.content import open_object
from files.services.objects.checksums import ALGORITHMS
from files.services.objects.content_store import pieces_of

_BLOCK_BYTES = 1 << 20


def compute_checksum(content: Content, algorithm: str) -> bytes:
    """Of all its bytes. Raises FileNotFoundError if they were removed meanwhile."""
    running = ALGORITHMS[algorithm].start()
    for block in blocks_of(content, start=0, length=content.size_bytes):
        running.update(block)
    return running.digest()


def blocks_of(content: Content, *, start: int, length: int) -> Iterator[bytes]:
    """These bytes in blocks of at most 1 MiB; one piece after the other is open. Raises FileNotFoundError."""
    end, position = start + length, 0
    for path, size_bytes in pieces_of(content):
        first, last = max(start, position), min(end, position + size_bytes)
        if first < last:
            yield from _blocks(path, first - position, last - first)
        position += size_bytes


def _blocks(path: str, offset: int, length: int) -> Iterator[bytes]:
    with open_object(path) as stream:
        stream.seek(offset)
        while length:
            block = stream.read(min(_BLOCK_BYTES, length))
            if not block:
                raise OSError("the content ended early")
            length -= len(block)
            yield block

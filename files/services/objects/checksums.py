"""Checksums of objects: one pass over their bytes, and those of parts put together without reading them again."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from awscrt import checksums as native

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
#: What the server computes for a client that asks for none.
DEFAULT_ALGORITHM = "CRC64NVME"


class Running(Protocol):
    """A checksum on its way over the bytes."""

    def update(self, block: memoryview | bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True)
class Algorithm:
    """`combine` is there for those whose value for a whole follows from the values of its parts."""

    name: str
    size_bytes: int
    start: Callable[[], Running]
    combine: Callable[[int, int, int], int] | None = None

    @property
    def header(self) -> str:
        return f"x-amz-checksum-{self.name.lower()}"

    @property
    def element(self) -> str:
        """Its name in XML: `ChecksumCRC32`."""
        return f"Checksum{self.name}"

    @property
    def types(self) -> tuple[str, ...]:
        """Of an object made of parts; the first is what is meant if nobody says."""
        if self.name == DEFAULT_ALGORITHM:
            return (FULL_OBJECT,)
        return (COMPOSITE, FULL_OBJECT) if self.combine else (COMPOSITE,)


class _Crc:
    def __init__(self, function: Callable[[bytes, int], int], size_bytes: int) -> None:
        self._function, self._size_bytes = function, size_bytes
        self._value = 0

    def update(self, block: memoryview | bytes, /) -> None:
        self._value = self._function(block, self._value)  # type: ignore[arg-type]

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size_bytes, "big")


def _crc(
    name: str, size_bytes: int, function: Callable[[bytes, int], int], combine: Callable[[int, int, int], int]
) -> Algorithm:
    return Algorithm(name, size_bytes, lambda: _Crc(function, size_bytes), combine)


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        # That of zlib is twice as fast as the native library's.
        _crc("CRC32", 4, zlib.crc32, native.combine_crc32),
        _crc("CRC32C", 4, native.crc32c, native.combine_crc32c),
        _crc("CRC64NVME", 8, native.crc64nvme, native.combine_crc64nvme),
        Algorithm("SHA1", 20, lambda: hashlib.sha1(usedforsecurity=False)),
        Algorithm("SHA256", 32, hashlib.sha256),
    )
}
BY_HEADER = {algorithm.header: algorithm for algorithm in ALGORITHMS.values()}


def encoded(digest: bytes) -> str:
    """As it is written in headers, XML and the catalog."""
    return base64.b64encode(digest).decode()


def full_checksum(name: str, parts: Iterable[tuple[bytes, int]]) -> bytes:
    """The value of a whole from (value, size in bytes) of its parts in order; for CRCs only."""
    algorithm = ALGORITHMS[name]
    assert algorithm.combine is not None  # noqa: S101 - by `types`
    total = 0
    for digest, size_bytes in parts:
        total = algorithm.combine(total, int.from_bytes(digest, "big"), size_bytes)
    return total.to_bytes(algorithm.size_bytes, "big")


def composite_checksum(name: str, digests: Sequence[bytes]) -> str:
    """The value over the values of all parts, written `{base64}-{parts}`."""
    running = ALGORITHMS[name].start()
    running.update(b"".join(digests))
    return f"{encoded(running.digest())}-{len(digests)}"

# Written by generate_sync.py from _async/upload_source.py: change that and run it again.

"""Bytes on their way to the server, from wherever they come: a path, bytes, a file object or an iterator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO, TextIOBase
from pathlib import Path
from typing import IO, Any, cast

from keboola_duckdb._sync.platform import read_block
from keboola_duckdb.errors import ConfigurationError

BLOCK_BYTES = 1 << 18
SAMPLES, SAMPLE_PIECE_BYTES = 32, 1 << 15
DEFAULT_NAME = "data.csv"
_TEXT = "The source gives text. Open the file in binary mode, or encode it."

#: A path, or bytes, or a file opened for reading bytes, or an iterator of bytes.
Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Iterable[bytes] | Iterable[bytes]


class UploadSource:
    """What one upload sends. `size` is None where nobody knows it before the end; close it when done.

    A source that is not `is_replayable` can be read once, so what breaks in between cannot be sent again.
    """

    def __init__(self, *, name: str, file: IO[bytes] | None = None, blocks: Any = None, owned: bool = False) -> None:
        self.name = name
        self._file = file
        self._blocks = blocks
        self._is_owned = owned
        self._looked_at: list[bytes] = []
        self._rest: Iterator[bytes] | None = None
        self.is_replayable = file is not None and _is_seekable(file)
        self._origin = file.tell() if file is not None and self.is_replayable else 0
        self.size = _size(file, self._origin) if file is not None and self.is_replayable else None

    @classmethod
    def of(cls, source: Source, *, name: str | None = None) -> UploadSource:
        """Opens a path. Raises ConfigurationError for what holds no bytes and for a file that is not there."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            return cls(name=name or DEFAULT_NAME, file=BytesIO(source))
        if isinstance(source, (str, os.PathLike)):
            path = Path(source)
            return cls(name=name or path.name, file=_opened(path), owned=True)
        if isinstance(source, TextIOBase):
            raise ConfigurationError(_TEXT)
        if hasattr(source, "read"):
            return cls(name=name or _name_of(source), file=cast("IO[bytes]", source))
        if isinstance(source, (Iterable, Iterable)):
            return cls(name=name or DEFAULT_NAME, blocks=source)
        raise ConfigurationError(
            f"Give a path, bytes, a binary file or an iterator of bytes, not {type(source).__name__}."
        )

    def head(self, count: int) -> tuple[bytes, bool]:
        """The first bytes, and whether these are all; they are sent nevertheless."""
        if self._file is not None and self.is_replayable:
            self._file.seek(self._origin)
            found = read_block(self._file, count)
            return found, self.size is not None and len(found) >= self.size
        remaining = self._remaining()
        size, is_complete = 0, True
        for block in remaining:
            self._looked_at.append(block)
            size += len(block)
            if size >= count:
                is_complete = False
                break
        self._rest = remaining
        return b"".join(self._looked_at)[:count], is_complete

    def blocks(self, start: int = 0) -> Iterator[bytes]:
        """Everything from there on; anything but 0 needs a replayable source."""
        if self._file is not None and self.size is not None:
            self._file.seek(self._origin + start)
            remaining = self.size - start
            while remaining > 0:
                block = read_block(self._file, min(BLOCK_BYTES, remaining))
                if not block:
                    raise ConfigurationError(f"{self.name} became shorter while it was sent.")
                remaining -= len(block)
                yield block
            return
        yield from self._looked_at
        for block in self._remaining():
            yield block

    def _remaining(self) -> Iterator[bytes]:
        if self._rest is None:
            self._rest = self._once()
        return self._rest

    def _once(self) -> Iterator[bytes]:
        if self._file is not None:
            while block := read_block(self._file, BLOCK_BYTES):
                yield _checked(block)
        elif isinstance(self._blocks, Iterable):
            for block in self._blocks:
                yield _checked(block)
        else:
            for block in self._blocks:
                yield _checked(block)

    def samples(self) -> list[bytes]:
        """Pieces from all over what follows the head; none where only the beginning can be looked at."""
        if self._file is None or self.size is None:
            return []
        found = []
        for number in range(1, SAMPLES + 1):
            self._file.seek(self._origin + max(0, self.size * number // SAMPLES - SAMPLE_PIECE_BYTES))
            found.append(read_block(self._file, SAMPLE_PIECE_BYTES))
        return found

    def seekable_file(self) -> IO[bytes] | None:
        """For who has to look elsewhere than at the beginning; None where that cannot be done."""
        return self._file if self.is_replayable and self._origin == 0 else None

    def close(self) -> None:
        """Close what this object opened; a file of the caller stays open."""
        if self._is_owned and self._file is not None:
            self._file.close()


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error


def _is_seekable(file: IO[bytes]) -> bool:
    try:
        return file.seekable()
    except AttributeError:
        return False


def _size(file: IO[bytes], origin: int) -> int:
    end = file.seek(0, os.SEEK_END)
    file.seek(origin)
    return max(0, end - origin)


def _name_of(file: Any) -> str:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) and Path(name).name and not name.startswith("<") else DEFAULT_NAME


def _checked(block: object) -> bytes:
    if isinstance(block, str):
        raise ConfigurationError(_TEXT)
    if not isinstance(block, (bytes, bytearray, memoryview)):
        raise ConfigurationError(f"The source gives {type(block).__name__} where bytes are needed.")
    return bytes(block)

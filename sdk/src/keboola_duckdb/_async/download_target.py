"""Where downloaded bytes go: a path, which shows the file only when it is whole, or a file object."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import IO, Any

from keboola_duckdb._async.platform import write_block
from keboola_duckdb.errors import ConfigurationError, StorageError

#: A path (or a directory, which gets a file of the name that the server knows), or a file opened for writing bytes.
Target = str | os.PathLike[str] | IO[bytes]


class DownloadTarget:
    """Takes the bytes of one download. `finish` makes them count, `discard` leaves no trace of a path."""

    def __init__(self, target: Target, *, name: str) -> None:
        self.written = 0
        self.path: Path | None = None
        self._draft: Path | None = None
        if isinstance(target, (str, os.PathLike)):
            self.path = _file_in(Path(target), name)
            self._draft = self.path.with_name(f".{self.path.name[:200]}.{uuid.uuid4().hex[:8]}.part")
            self._file: Any = _opened(self._draft)
        elif hasattr(target, "write"):
            self._file = target
        else:
            raise ConfigurationError(f"Give a path or a file to write into, not {type(target).__name__}.")

    async def write(self, block: bytes) -> None:
        """Append a block."""
        await write_block(self._file, block)
        self.written += len(block)

    def start_again(self) -> None:
        """Forget what came: the content has changed on the server. A caller's file cannot forget."""
        if self._draft is None and self.written:
            raise StorageError("The file changed on the server while it was downloaded. Download it again.")
        if self._draft is not None:
            self._file.seek(0)
            self._file.truncate()
        self.written = 0

    def finish(self) -> None:
        """All bytes are there: a path takes its name now, in place of what had it."""
        if self._draft is None or self.path is None:
            return
        self._file.close()
        os.replace(self._draft, self.path)

    def discard(self) -> None:
        """What came is not all: nothing stays at a path, and what was there before is untouched."""
        if self._draft is not None:
            self._file.close()
            self._draft.unlink(missing_ok=True)


def _file_in(path: Path, name: str) -> Path:
    """The name comes from the server: only its last part counts."""
    if not path.is_dir():
        return path
    last = name.replace("\\", "/").rpartition("/")[2]
    return path / (last if last not in ("", ".", "..") else "download")


def _opened(draft: Path) -> IO[bytes]:
    try:
        return draft.open("xb")
    except OSError as error:
        raise ConfigurationError(f"{draft.parent} cannot be written to: {error.strerror}.") from error

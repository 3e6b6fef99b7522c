"""Files for rows that sessions keep aside, counted together so that they cannot fill the disk."""

from __future__ import annotations

import errno
import tempfile
import threading
from pathlib import Path

from kbstore.errors import KbstoreError, Kind

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SpillFull(KbstoreError):
    """Rows that wait take more than the workspace may keep, or more than the disk has."""

    kind = Kind.NO_SPACE
    code = "spill_full"

    def __init__(self) -> None:
        super().__init__("There is no space left for rows that wait to be read.")


class SpillSpace:
    """Of one open workspace; for any thread."""

    def __init__(self, directory: Path, *, limit_bytes: int) -> None:
        """`directory` is made when it is needed."""
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._used_bytes = 0

    @property
    def used_bytes(self) -> int:
        return self._used_bytes

    def file(self) -> SpillFile:
        """A file that has no name, so that nobody else can open it and a crash leaves nothing."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SpillFile(self, self._directory)

    def take(self, size: int) -> None:
        """Raises SpillFull. For SpillFile."""
        with self._lock:
            if self._used_bytes + size > self._limit_bytes:
                raise SpillFull
            self._used_bytes += size

    def give_back(self, size: int) -> None:
        with self._lock:
            self._used_bytes -= size


class SpillFile:
    """For one thread at a time; what it takes is given back by `close`."""

    def __init__(self, space: SpillSpace, directory: Path) -> None:
        """Made by SpillSpace.file."""
        self._space = space
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 - open until `close`
        self._size = 0

    def append(self, data: memoryview | bytes) -> tuple[int, int]:
        """Offset and length to read it by. Raises SpillFull."""
        size = len(data)
        self._space.take(size)
        place = self._size
        self._size += size
        try:
            self._file.seek(place)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            if error.errno in _FULL:
                raise SpillFull from error
            raise
        return place, size

    def read(self, place: tuple[int, int]) -> bytes:
        self._file.seek(place[0])
        return self._file.read(place[1])

    def close(self) -> None:
        """Safe to call twice."""
        if not self._file.closed:
            self._file.close()
            self._space.give_back(self._size)

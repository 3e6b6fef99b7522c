"""Where a backup is written to: a directory or one tar archive. It gets its name when it is complete, not before."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from kbstore.errors import KbstoreError
from storage.backup.errors import BackupFailed
from storage.backup.manifest import HASHES, Entry
from storage.engine.durable import sync_directory, sync_file

_BLOCK_BYTES = 2**20


class Sink(Protocol):
    def add(self, name: str, stream: BinaryIO, size_bytes: int, hash: str) -> Entry:
        """Write that many bytes of the stream; what was written. Raises BackupFailed if there are not so many."""


class HashingReader:
    """A stream that ends after `size_bytes` and knows the checksum of what was read."""

    def __init__(self, name: str, stream: BinaryIO, size_bytes: int, hash: str) -> None:
        self._name, self._stream, self._left = name, stream, size_bytes
        self._hash = HASHES[hash]()

    def read(self, size: int = -1) -> bytes:
        """Raises BackupFailed where the stream ends early."""
        wanted = self._left if size < 0 else min(size, self._left)
        block = self._stream.read(wanted) if wanted else b""
        if wanted and not block:
            raise BackupFailed(f"{self._name} is shorter than the catalog says: run doctor.")
        self._left -= len(block)
        self._hash.update(block)
        return block

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class DirectorySink:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, name: str, stream: BinaryIO, size_bytes: int, hash: str) -> Entry:
        target = self._directory / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        reader = HashingReader(name, stream, size_bytes, hash)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            while block := reader.read(_BLOCK_BYTES):
                file.write(block)
            os.fsync(file.fileno())
        return Entry(name, size_bytes, hash, reader.hexdigest())


class TarSink:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, name: str, stream: BinaryIO, size_bytes: int, hash: str) -> Entry:
        reader = HashingReader(name, stream, size_bytes, hash)
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size_bytes, 0o600, int(time.time())
        self._archive.addfile(member, reader)  # type: ignore[arg-type] - it only reads
        return Entry(name, size_bytes, hash, reader.hexdigest())


def add_bytes(sink: Sink, name: str, content: bytes) -> Entry:
    return sink.add(name, io.BytesIO(content), len(content), "sha256")


@contextmanager
def new_sink(target: Path, *, as_tar: bool) -> Iterator[Sink]:
    """Write to `<target>.partial` in the block and give it its name after it. If the block fails nothing is left."""
    partial = target.with_name(f"{target.name}.partial")
    for path in (target, partial):
        if path.exists() or path.is_symlink():
            hint = " Another backup writes it, or one was killed: remove it then." if path is partial else ""
            raise BackupFailed(f"{path} exists.{hint}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if as_tar:
            yield from _tar(partial)
        else:
            partial.mkdir(mode=0o700)
            yield DirectorySink(partial)
            for directory, _, _ in os.walk(partial):
                sync_directory(Path(directory))
    except BaseException as error:
        _remove(partial)
        if isinstance(error, OSError) and not isinstance(error, KbstoreError):
            raise BackupFailed(f"{error.strerror or type(error).__name__}: {error.filename or target}") from error
        raise
    partial.rename(target)
    sync_directory(target.parent)


def _tar(partial: Path) -> Iterator[Sink]:
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        yield TarSink(tar)
    sync_file(partial)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)

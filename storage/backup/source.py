"""Reading a backup: a directory or a tar archive, each file checked while it is read."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from storage.backup.errors import DamagedBackup
from storage.backup.manifest import HASHES, MANIFEST, MANIFEST_SUM, Entry, Manifest, sum_line

_BLOCK_BYTES = 2**20


class Source(Protocol):
    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """The content of a file in the backup. Raises DamagedBackup if it is not there."""


class DirectorySource:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        path = self._directory / name
        if path.is_symlink() or not path.is_file():
            raise DamagedBackup(f"{name} is missing")
        with path.open("rb", buffering=0) as file:
            yield cast(BinaryIO, file)


class TarSource:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {member.name: member for member in archive if member.isreg()}

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        member = self._members.get(name)
        file = self._archive.extractfile(member) if member else None
        if file is None:
            raise DamagedBackup(f"{name} is missing")
        with file:
            yield cast(BinaryIO, file)


@contextmanager
def open_backup(path: Path) -> Iterator[tuple[Source, Manifest]]:
    """The backup and its list. Raises DamagedBackup, also for what is no backup at all."""
    try:
        if path.is_dir():
            source: Source = DirectorySource(path)
            yield source, _manifest(source)
            return
        with tarfile.open(path, mode="r:") as archive:
            source = TarSource(archive)
            yield source, _manifest(source)
    except tarfile.TarError as error:
        raise DamagedBackup(f"{path.name} is no backup, or its end is missing") from error
    except FileNotFoundError as error:
        raise DamagedBackup(f"{error.filename or path} is not there") from error


def _manifest(source: Source) -> Manifest:
    with source.open(MANIFEST) as file:
        content = file.read()
    with source.open(MANIFEST_SUM) as file:
        if file.read() != sum_line(content):
            raise DamagedBackup(f"{MANIFEST} differs from its checksum")
    return Manifest.from_bytes(content)


def read_checked(source: Source, entry: Entry) -> Iterator[bytes]:
    """The content block by block. Raises DamagedBackup at its end if it is not what was written."""
    digest, size = HASHES[entry.hash](), 0
    with source.open(entry.name) as file, suppress(tarfile.ReadError):
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
            yield block
    if size != entry.size_bytes or digest.hexdigest() != entry.checksum:
        raise DamagedBackup(f"{entry.name} is damaged: its checksum differs from the one in {MANIFEST}")

"""Give the content of a registered file to a reader."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from files.errors import FileContentNotFound
from files.models import File
from files.services import staging
from files.services.content import NO_LINK, local_path, open_object
from files.services.get_file import find_record, get_file
from kbstore.access import Actor


@dataclass(frozen=True)
class LocalFile:
    """Content under a path of this host that no user text has shaped beyond its last component."""

    path: Path
    name: str
    size_bytes: int


def open_content(*, actor: Actor, project_id: str, file_id: str) -> tuple[File, BinaryIO]:
    """The record and its bytes, for the caller to close. A later delete does not disturb an open reader."""
    file = get_file(actor=actor, project_id=project_id, file_id=file_id)
    return file, _opened(file)


@contextmanager
def local_file(*, project_id: str, file_id: str) -> Iterator[LocalFile]:
    """The content as a local file for as long as the body runs; meanwhile, delete answers FileInUse in every process.

    The bytes of the storage where it is local, under a name that outlives the storage's own: over S3 the object may be
    deleted or overwritten any time. Else a temporary copy. Raises FileNotFound, FileContentNotFound.
    """
    file = find_record(project_id=project_id, file_id=file_id)
    path = local_path(file.path)
    with _opened(file) as stream:
        if path is None:
            with _copied(stream) as copy:
                yield LocalFile(copy, file.name, file.size_bytes)
            return
        # A shared lock on the file itself dies with its holder; delete takes the exclusive one.
        fcntl.flock(stream, fcntl.LOCK_SH)
        if not _is_same_file(stream, path):
            raise FileContentNotFound(file.id)
        with second_name(path) as name:
            yield LocalFile(name, file.name, file.size_bytes)


def _opened(file: File) -> BinaryIO:
    try:
        return open_object(file.path)
    except FileNotFoundError as error:
        raise FileContentNotFound(file.id) from error


def _is_same_file(stream: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def second_name(path: Path) -> Iterator[Path]:
    """Another name for a file while the body runs; its own where the file system has no links."""
    with staging.reading_directory() as directory:
        name = directory / "content"
        try:
            os.link(path, name)
        except OSError as error:
            if error.errno not in NO_LINK:
                raise
            name = path
        yield name


@contextmanager
def _copied(stream: BinaryIO) -> Iterator[Path]:
    with staging.reading_directory() as directory:
        copy = directory / "content"
        with staging.disk_errors(), copy.open("xb") as target:
            shutil.copyfileobj(stream, target, 1 << 20)
        yield copy

"""The bytes of registered files in the default storage: place, open, remove.

A file of our own in the uploads directory, an intent, names each object that is being added or removed until the
catalog has caught up, so that after a crash the janitor knows which objects are nobody's. It never guesses by name:
clients may put objects of any name beside ours.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File as StorageFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction

from files.services import staging

#: What a link fails with where it is the file system that has none.
NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}


def local_path(path: str) -> Path | None:
    """Where an object lies on this host, None for a storage elsewhere. Never leaves the project's directory."""
    # Asking for a path is not enough: the in-memory storage has paths too, but no files there.
    if not isinstance(default_storage, FileSystemStorage):
        return None
    target = Path(default_storage.path(path))
    home = Path(default_storage.path(path.split("/", 1)[0]))
    if not target.parent.resolve().is_relative_to(home.resolve()):
        raise SuspiciousFileOperation("an object outside of its project")
    return target


def content_exists(path: str) -> bool:
    return bool(path) and default_storage.exists(path)


def open_object(path: str) -> BinaryIO:
    """The object, to read and seek. Raises FileNotFoundError."""
    target = local_path(path)
    if target is not None:
        return target.open("rb", buffering=0)
    stream = cast(BinaryIO, default_storage.open(path, "rb"))
    stream.seek(0)  # some storages only look for the object now
    return stream


@contextmanager
def added_content(source: Path, path: str) -> Iterator[str]:
    """The bytes of a local file as an object; the name that it got. The source stays.

    Write the record in the body. If the body fails, the object is removed again.
    """
    intent = write_intent(path)
    try:
        name = _place(source, path)
    except BaseException:
        intent.unlink(missing_ok=True)
        raise
    try:
        yield name
    except BaseException:
        default_storage.delete(name)
        intent.unlink(missing_ok=True)
        raise
    transaction.on_commit(lambda: intent.unlink(missing_ok=True))


def write_intent(path: str) -> Path:
    """Note that this object and its record may disagree from now on; whoever makes them agree removes the note."""
    intent = staging.uploads_dir() / f"{uuid.uuid4()}{staging.INTENT_SUFFIX}"
    intent.write_text(path, encoding="utf-8")
    return intent


def _place(source: Path, path: str) -> str:
    target = local_path(path)
    if target is None:
        with source.open("rb") as stream:
            return default_storage.save(path, StorageFile(stream))
    created = [directory for directory in target.parents if not directory.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # A second name costs nothing and leaves the source for another attempt.
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        _copy(source, target)
    for directory in [target.parent, *(made.parent for made in created)]:
        staging.sync_directory(directory)
    return path


def _copy(source: Path, target: Path) -> None:
    unfinished = target.with_name(uuid.uuid4().hex)
    try:
        shutil.copyfile(source, unfinished)
        with unfinished.open("rb") as stream:
            os.fsync(stream.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)

"""Where uploaded bytes lie before registration; names come from ids alone."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from files.errors import UploadFailed
from files.models import File
from files.services.file_names import stored_name
from kbstore.errors import NoSpace

PART_SUFFIX = ".part"
DONE_SUFFIX = ".done"
INTENT_SUFFIX = ".intent"
READING_SUFFIX = ".copy"


def uploads_dir() -> Path:
    directory = Path(settings.UPLOADS_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def fresh_part(upload_key: str) -> Path:
    """A new name for the bytes of one request: two uploads to one session never write into each other."""
    return uploads_dir() / f"{upload_key}.{uuid.uuid4().hex[:12]}{PART_SUFFIX}"


def resumable_part(upload_key: str) -> Path:
    """The one file that the requests of a resumable upload append to."""
    return uploads_dir() / f"{upload_key}{PART_SUFFIX}"


def staged_content(file: File) -> Path:
    """The received bytes of a session that has been uploaded."""
    return uploads_dir() / Path(file.path).name


def shown_staging_path(file: File) -> str:
    """What the wire calls the place of a staged file; nothing lies there."""
    return f"staging/{file.upload_key}_{stored_name(file.name)}"


@contextmanager
def reading_directory() -> Iterator[Path]:
    """A new directory for what a reader needs under names of its own; it goes with the end of the body."""
    # Not the files themselves: a link is as old as its content, and the janitor goes by age.
    directory = uploads_dir() / f"{uuid.uuid4()}{READING_SUFFIX}"
    directory.mkdir()
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sync_directory(directory: Path) -> None:
    """Make names in a directory survive a power loss."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Faults of the disk become errors that say what happened, but not where."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace("The disk is full. Nothing was changed.") from error
        raise UploadFailed(error.strerror or type(error).__name__) from error

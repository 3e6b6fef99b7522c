"""Make a finished file of this host a registered file of a project."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from files.models import File, FileState
from files.services.check_quota import check_registered_quota
from files.services.content import added_content
from files.services.file_names import check_name, object_path
from files.services.objects.check_object_quota import note_stored
from files.services.objects.registered_files import index_file


def register_local_file(
    *,
    project_id: str,
    name: str,
    content_type: str | None,
    tags: dict[str, str] | None,
    source: Path,
    size_bytes: int,
    checksum_sha256: str,
    lifetime: datetime.timedelta | None = None,
    file_id: str | None = None,
) -> File:
    """A new registered file with the bytes of `source`, which the caller removes after its own transaction.

    Within a transaction of the caller the record exists exactly if that one commits; if not, the janitor removes the
    bytes. It expires that `lifetime` after its `created_at`. Raises InvalidFilename, QuotaExceeded.
    """
    file = new_registered_file(
        project_id=project_id,
        name=name,
        content_type=content_type,
        tags=tags,
        size_bytes=size_bytes,
        checksum_sha256=checksum_sha256,
    )
    file.id = file_id or file.id
    file.expires_at = file.created_at + lifetime if lifetime else None
    with stored_content(file, source), transaction.atomic():
        insert_within_quota(file)
    return file


def new_registered_file(*, project_id: str, name: str, size_bytes: int, checksum_sha256: str, **fields: Any) -> File:
    """A record that is not saved yet. Raises InvalidFilename."""
    return File(
        project_id=project_id,
        state=FileState.REGISTERED,
        name=check_name(name),
        size_bytes=size_bytes,
        checksum_sha256=checksum_sha256,
        created_at=timezone.now(),
        **fields,
    )


@contextmanager
def stored_content(file: File, source: Path) -> Iterator[None]:
    """Put the bytes where `file.path` then says; insert the record in the body, which may fail.

    The bytes travel outside of any transaction of the body: a distant storage must not hold the catalog's write lock.
    """
    check_registered_quota(file.project_id, new_bytes=file.size_bytes)
    path = object_path(
        project_id=file.project_id, file_id=file.id, name=file.name, day=file.created_at.astimezone(datetime.UTC).date()
    )
    with added_content(source, path) as file.path:
        yield


def insert_within_quota(file: File) -> None:
    """Insert the record, and the object that it is; call it in a transaction. Raises QuotaExceeded."""
    check_registered_quota(file.project_id, new_bytes=file.size_bytes)
    file.save(force_insert=True)
    index_file(file)
    note_stored(file.project_id, new_bytes=file.size_bytes)

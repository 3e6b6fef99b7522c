"""Delete a registered file."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.storage import default_storage
from django.db import transaction

from files.errors import FileInUse, FileNotFound
from files.models import Content, File, StoredObject
from files.services.content import local_path, write_intent
from files.services.get_file import get_file
from files.services.objects.content_store import forget_unnamed
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


@operation("delete_file", resource_type="file", need=Need.FILES)
def delete_file(*, actor: Actor, project_id: str, file_id: str) -> None:
    """Record, object and content are gone; running downloads still get their bytes. Raises FileNotFound, FileInUse."""
    file = get_file(actor=actor, project_id=project_id, file_id=file_id)
    with _unused(file):
        intent = write_intent(file.path)
        try:
            with transaction.atomic():
                _delete_record(file)
                record_success(file.id, name=file.name, size_bytes=file.size_bytes)
        except BaseException:
            intent.unlink(missing_ok=True)
            raise
        # An object that was copied from the file may still have its content. Else the bytes are on their way out, but
        # the caller may rely on having the space.
        if not Content.objects.filter(path=file.path).exists():
            default_storage.delete(file.path)
        intent.unlink(missing_ok=True)


def _delete_record(file: File) -> None:
    """The row, its object with it, and its content if nothing else has that."""
    contents = list(StoredObject.objects.filter(file_id=file.pk).values_list("content_id", flat=True))
    if not File.objects.filter(pk=file.pk).delete()[0]:
        raise FileNotFound(file.project_id, file.pk)
    forget_unnamed(contents)


@contextmanager
def _unused(file: File) -> Iterator[None]:
    """Keep readers that need the content under its path away, or raise FileInUse."""
    path = local_path(file.path)
    if path is None or not path.exists():
        yield
        return
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileInUse(file.id) from error
        yield

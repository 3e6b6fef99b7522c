"""Turn an uploaded session into a permanent file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from files.errors import FileNotUploaded, RegistrationFailed, StagedFileNotFound, UploadFailed, UploadSessionNotFound
from files.models import File, FileState
from files.services import staging
from files.services.file_names import check_tags
from files.services.find_session import find_session
from files.services.projects import require_project
from files.services.store_file import insert_within_quota, new_registered_file, stored_content
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


@operation("register_file", resource_type="file", need=Need.FILES)
def register_file(
    *, actor: Actor, project_id: str, upload_key: str, name: str | None = None, tags: dict[str, str] | None = None
) -> File:
    """The registered file; the session is consumed with it, by one caller only. On failure the session stays."""
    require_project(project_id)
    session = find_session(project_id=project_id, upload_key=upload_key)
    if session.state != FileState.UPLOADED:
        raise FileNotUploaded(upload_key)
    staged = staging.staged_content(session)
    if not staged.exists():
        raise StagedFileNotFound(upload_key)
    file = new_registered_file(
        project_id=project_id,
        name=name or session.name,
        content_type=session.content_type,
        tags=check_tags({**(session.tags or {}), **(tags or {})}),
        size_bytes=session.size_bytes,
        checksum_sha256=session.checksum_sha256 or "",
    )
    with _disk_errors(upload_key), stored_content(file, staged), transaction.atomic():
        _consume(session)
        insert_within_quota(file)
        record_success(file.id, name=file.name, size_bytes=file.size_bytes)
    staged.unlink(missing_ok=True)
    return file


def _consume(session: File) -> None:
    # The conditions make this the only registration, and of the very bytes whose size and checksum were read before.
    same = File.objects.filter(pk=session.pk, state=FileState.UPLOADED, path=session.path)
    if not same.delete()[0]:
        raise UploadSessionNotFound(str(session.upload_key))


@contextmanager
def _disk_errors(upload_key: str) -> Iterator[None]:
    try:
        with staging.disk_errors():
            yield
    except UploadFailed as error:
        if isinstance(error.__cause__, FileNotFoundError):  # another registration has just finished and tidied up
            raise StagedFileNotFound(upload_key) from error
        raise RegistrationFailed(error.reason) from error

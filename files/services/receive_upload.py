"""Take the bytes of an upload session in blocks; the session changes only when all of them are safe on the disk."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from files.errors import ChecksumMismatch, FileTooLarge, InvalidChecksum, SizeMismatch, UploadSessionNotFound
from files.models import File, FileState
from files.services import staging
from files.services.check_quota import check_staged_quota
from files.services.find_session import find_session
from files.services.projects import require_project
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


@dataclass(frozen=True)
class Receipt:
    upload_key: str
    staging_path: str
    size_bytes: int
    checksum_sha256: str


class IncomingFile:
    """Bytes on their way in. Blocking; one thread at a time calls it.

    Either `finish_upload` or `abort` ends it; without the first the session keeps what it had.
    """

    def __init__(self, session: File) -> None:
        self.session = session
        self.size_bytes = 0
        self._limit = settings.MAX_FILE_BYTES
        self._hash = hashlib.sha256()
        self.part = staging.fresh_part(str(session.upload_key))
        with staging.disk_errors():
            self._descriptor = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def write(self, block: bytes) -> None:
        """Append a block. Raises FileTooLarge, SizeMismatch as soon as it is certain, NoSpace, UploadFailed."""
        self.size_bytes += len(block)
        check_growing_size(self.session, self.size_bytes, self._limit)
        with staging.disk_errors():
            write_all(self._descriptor, block)
        self._hash.update(block)

    def sync(self) -> str:
        """Make the bytes survive a power loss; their SHA-256."""
        with staging.disk_errors():
            os.fsync(self._descriptor)
        self._close()
        return self._hash.hexdigest()

    def abort(self) -> None:
        """Forget the bytes; harmless after the end."""
        self._close()
        self.part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def begin_upload(*, actor: Actor, project_id: str, upload_key: str, announced_bytes: int | None = None) -> IncomingFile:
    """Start to receive a whole file; `announced_bytes` is a lower bound of its size if one is known.

    Raises the errors of the session, and FileTooLarge before any byte is read.
    """
    return IncomingFile(open_session(actor, project_id, upload_key, announced_bytes))


def open_session(actor: Actor, project_id: str, upload_key: str, announced_bytes: int | None) -> File:
    actor.require(Need.FILES, project_id=project_id)
    require_project(project_id)
    session = find_session(project_id=project_id, upload_key=upload_key)
    if announced_bytes is not None:
        check_growing_size(session, announced_bytes, settings.MAX_FILE_BYTES)
        check_staged_quota(project_id, new_bytes=announced_bytes - session.size_bytes)
    return session


def check_growing_size(session: File, size_bytes: int, limit: int) -> None:
    """Raise for a file that is already larger than allowed or declared."""
    if size_bytes > limit:
        raise FileTooLarge(limit)
    declared = session.declared_size_bytes
    if declared is not None and size_bytes > declared:
        raise SizeMismatch(declared=declared, received=size_bytes)


def write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


@operation("upload_file", resource_type="file", need=Need.FILES)
def finish_upload(
    *, actor: Actor, project_id: str, incoming: IncomingFile, expected_sha256: str | None = None
) -> Receipt:
    """The bytes become the content of the session, in place of those of an earlier upload.

    Raises SizeMismatch, ChecksumMismatch; the session then keeps what it had.
    """
    check_final_size(incoming.session, incoming.size_bytes)
    checksum = incoming.sync()
    check_checksum(expected_sha256, checksum)
    return accept_content(incoming.session, incoming.part, size_bytes=incoming.size_bytes, checksum_sha256=checksum)


def check_final_size(session: File, size_bytes: int) -> None:
    declared = session.declared_size_bytes
    if declared is not None and size_bytes != declared:
        raise SizeMismatch(declared=declared, received=size_bytes)


def clean_checksum(text: str | None) -> str | None:
    """A client's expectation in lower case. Raises InvalidChecksum."""
    if text is None or text == "":
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise InvalidChecksum
    return text.strip().lower()


def check_checksum(expected: str | None, actual: str) -> None:
    if expected is not None and expected != actual:
        raise ChecksumMismatch(expected=expected, actual=actual)


def accept_content(session: File, part: Path, *, size_bytes: int, checksum_sha256: str) -> Receipt:
    """Point the session at synced bytes. A crash before the commit leaves an unnamed file for the janitor."""
    done = staging.fresh_part(str(session.upload_key)).with_suffix(staging.DONE_SUFFIX)
    with staging.disk_errors():
        part.rename(done)
        staging.sync_directory(done.parent)
    try:
        previous = _point_session_at(session, done, size_bytes=size_bytes, checksum_sha256=checksum_sha256)
    except BaseException:
        done.unlink(missing_ok=True)
        raise
    if previous:
        (done.parent / Path(previous).name).unlink(missing_ok=True)
    return Receipt(str(session.upload_key), staging.shown_staging_path(session), size_bytes, checksum_sha256)


def _point_session_at(session: File, content: Path, *, size_bytes: int, checksum_sha256: str) -> str:
    """The name of the content that it replaced, empty for none."""
    with transaction.atomic():
        # Registration may have consumed the session, or the janitor removed it, while the bytes came in.
        current = File.objects.select_for_update().filter(pk=session.pk, upload_key=session.upload_key).first()
        if current is None:
            raise UploadSessionNotFound(str(session.upload_key))
        check_staged_quota(session.project_id, new_bytes=size_bytes - current.size_bytes)
        previous = current.path
        current.path, current.state = content.name, FileState.UPLOADED
        current.size_bytes, current.checksum_sha256 = size_bytes, checksum_sha256
        current.save(update_fields=["path", "state", "size_bytes", "checksum_sha256"])
        record_success(str(session.upload_key), size_bytes=size_bytes)
    return previous

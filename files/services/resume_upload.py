"""Take a file in several requests, each with a Content-Range; what has arrived stays when a connection breaks."""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass

from django.conf import settings

from files.errors import InvalidContentRange, UploadInProgress, UploadOffsetMismatch
from files.models import File, FileState
from files.services import staging
from files.services.receive_upload import (
    Receipt,
    accept_content,
    check_checksum,
    check_final_size,
    check_growing_size,
    open_session,
    write_all,
)
from kbstore.access import Actor, Need
from kbstore.operations import operation

_READ_BLOCK = 1 << 20


@dataclass(frozen=True)
class ByteRange:
    """`bytes start-end/total`: both ends are included, `total` is None while the client does not know it."""

    start: int
    end: int
    total: int | None


class ResumedFile:
    """One request's bytes, appended to those of earlier requests. Blocking; one thread at a time calls it.

    Holds the session's file by a lock that dies with its holder.
    """

    def __init__(self, session: File, part: ByteRange) -> None:
        self.session = session
        self.range = part
        self.path = staging.resumable_part(str(session.upload_key))
        with staging.disk_errors():
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._lock()
            self.size_bytes = self._start()
        except BaseException:
            self.close()
            raise
        # The hash is only known while streaming if this request brings the file from its first byte.
        self._hash = hashlib.sha256() if self.size_bytes == 0 else None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadInProgress(str(self.session.upload_key)) from error
        # Between open and lock another request may have made this very file the session's content.
        if not self.path.exists() or not os.path.samestat(os.fstat(self._descriptor), self.path.stat()):
            raise UploadInProgress(str(self.session.upload_key))

    def _start(self) -> int:
        received = os.fstat(self._descriptor).st_size
        if self.range.start == 0:
            os.ftruncate(self._descriptor, 0)
            return 0
        if self.range.start != received:
            raise UploadOffsetMismatch(received=received, offset=self.range.start)
        os.lseek(self._descriptor, 0, os.SEEK_END)
        return received

    def write(self, block: bytes) -> None:
        """Append a block. Raises InvalidContentRange for more bytes than announced; the rest as IncomingFile."""
        if self.size_bytes + len(block) > self.range.end + 1:
            raise InvalidContentRange("the body is longer than the range")
        check_growing_size(self.session, self.size_bytes + len(block), settings.MAX_FILE_BYTES)
        with staging.disk_errors():
            write_all(self._descriptor, block)
        self.size_bytes += len(block)
        if self._hash is not None:
            self._hash.update(block)

    @property
    def is_complete(self) -> bool:
        return self.range.total is not None and self.size_bytes == self.range.total

    def sync_part(self) -> None:
        """Make the received bytes survive a power loss, so that the client may forget them."""
        with staging.disk_errors():
            os.fsync(self._descriptor)

    def sync(self) -> str:
        """Make the bytes survive a power loss; the SHA-256 of all of them."""
        with staging.disk_errors():
            os.fsync(self._descriptor)
            return self._hash.hexdigest() if self._hash is not None else self._read_again()

    def _read_again(self) -> str:
        digest = hashlib.sha256()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while block := os.read(self._descriptor, _READ_BLOCK):
            digest.update(block)
        return digest.hexdigest()

    def abort(self) -> None:
        """Let go of the file; the received bytes stay, so the client can go on after them."""
        self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def resume_upload(*, actor: Actor, project_id: str, upload_key: str, part: ByteRange) -> ResumedFile:
    """Start to receive one part. Raises the errors of the session, UploadInProgress, UploadOffsetMismatch."""
    announced = part.end + 1 if part.total is None else part.total
    session = open_session(actor, project_id, upload_key, announced)
    if part.total is not None:
        check_final_size(session, part.total)
    return ResumedFile(session, part)


def upload_progress(*, actor: Actor, project_id: str, upload_key: str) -> Receipt | int:
    """The receipt of a finished upload, else how many bytes of a resumable one have arrived."""
    session = open_session(actor, project_id, upload_key, None)
    part = staging.resumable_part(upload_key)
    if part.exists():
        return part.stat().st_size
    if session.state != FileState.UPLOADED:
        return 0
    return Receipt(upload_key, staging.shown_staging_path(session), session.size_bytes, session.checksum_sha256 or "")


@operation("upload_file", resource_type="file", need=Need.FILES)
def finish_resumed_upload(
    *, actor: Actor, project_id: str, incoming: ResumedFile, expected_sha256: str | None = None
) -> Receipt:
    """All parts together become the content of the session. A wrong checksum discards them."""
    checksum = incoming.sync()
    try:
        check_checksum(expected_sha256, checksum)
        return accept_content(incoming.session, incoming.path, size_bytes=incoming.size_bytes, checksum_sha256=checksum)
    except BaseException:
        incoming.path.unlink(missing_ok=True)
        raise
    finally:
        incoming.close()

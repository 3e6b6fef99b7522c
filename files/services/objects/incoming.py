"""Bytes of an object on their way in: written and hashed in one pass, safe on the disk before anything names them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.core.files import File as StorageFile
from django.core.files.storage import default_storage

from files.models.content import new_content_id
from files.object_errors import EntityTooLarge
from files.services import staging
from files.services.objects.checksums import ALGORITHMS, DEFAULT_ALGORITHM, Running
from files.services.objects.content_store import content_path, local_file
from kbstore import faults

Block = bytes | memoryview
#: MD5 is the slowest of all; it runs beside the disk and the other hashes where that is worth a change of threads.
_MD5 = ThreadPoolExecutor(max_workers=4, thread_name_prefix="md5")
_PARALLEL_BYTES = 128 << 10
_VECTOR_BLOCKS = 512
_COPIED_BYTES = 1 << 20


@dataclass(frozen=True)
class Arrived:
    """Bytes that survive a power loss and that no record names yet."""

    content_id: str
    path: str
    size_bytes: int
    md5: bytes
    sha256: bytes | None
    checksum_algorithm: str
    checksum: bytes

    @property
    def etag(self) -> str:
        return self.md5.hex()

    def discard(self) -> None:
        """For bytes that shall get no record."""
        default_storage.delete(self.path)


class IncomingContent:
    """Blocking; one thread at a time calls it. `finish` or `abort` ends it.

    On a storage of this host the bytes go to their final place at once, elsewhere by way of the uploads directory.
    """

    def __init__(self, *, limit_bytes: int, algorithm: str = DEFAULT_ALGORITHM, with_sha256: bool = False) -> None:
        self.size_bytes = 0
        self._limit_bytes = limit_bytes
        self._content_id = new_content_id()
        self._path = content_path(self._content_id)
        self._algorithm = algorithm
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksum = ALGORITHMS[algorithm].start()
        self._hashes: list[Running] = [self._checksum]
        self._sha256: Running | None = None
        if with_sha256:
            self._sha256 = self._checksum if algorithm == "SHA256" else hashlib.sha256()
            if algorithm != "SHA256":
                self._hashes.append(self._sha256)
        target = local_file(self._path)
        self._is_final = target is not None
        self._file = target or staging.fresh_part(self._content_id)
        with staging.disk_errors():
            self._descriptor = _create(self._file)

    def write(self, blocks: Sequence[Block]) -> None:
        """Append blocks. Raises EntityTooLarge, NoSpace, UploadFailed."""
        self._append(blocks, lambda joined: _write_all(self._descriptor, joined))

    def copy(self, source: BinaryIO, *, offset: int, length: int) -> None:
        """Append bytes of an open file. Within one disk of this host the kernel copies them, some disks share them.

        Raises OSError if the file has fewer, and what `write` does.
        """
        source.seek(offset)
        end = offset + length
        while offset < end:
            block = source.read(min(_COPIED_BYTES, end - offset))
            if not block:
                raise OSError("the content ended early")
            self._append([block], partial(self._copy_block, source, offset))
            offset += len(block)

    def _copy_block(self, source: BinaryIO, offset: int, blocks: Sequence[Block]) -> None:
        copied = 0
        if self._is_final:
            copied = _copy_in_kernel(source, self._descriptor, offset=offset, length=sum(map(len, blocks)))
        if not copied:
            _write_all(self._descriptor, blocks)

    def _append(self, blocks: Sequence[Block], store: Callable[[Sequence[Block]], None]) -> None:
        size_bytes = sum(len(block) for block in blocks)
        self.size_bytes += size_bytes
        if self.size_bytes > self._limit_bytes:
            raise EntityTooLarge(MaxSizeAllowed=str(self._limit_bytes))
        if len(blocks) > _VECTOR_BLOCKS:
            blocks = [b"".join(blocks)]
        md5: Future[None] | None = None
        if size_bytes >= _PARALLEL_BYTES:
            md5 = _MD5.submit(_update, [self._md5], blocks)
        else:
            _update([self._md5], blocks)
        try:
            with staging.disk_errors():
                store(blocks)
            _update(self._hashes, blocks)
        finally:
            if md5 is not None:
                md5.result()

    def finish(self, check: Callable[[Arrived], None] | None = None) -> Arrived:
        """The bytes are safe in the storage under a name that nobody knows. Raises NoSpace, UploadFailed.

        `check` may refuse them by raising before the disk is waited for; then `abort`.
        """
        arrived = Arrived(
            content_id=self._content_id,
            path=self._path,
            size_bytes=self.size_bytes,
            md5=self._md5.digest(),
            sha256=self._sha256.digest() if self._sha256 else None,
            checksum_algorithm=self._algorithm,
            checksum=self._checksum.digest(),
        )
        if check is not None:
            check(arrived)
        faults.reach("content.written")
        with staging.disk_errors():
            os.fsync(self._descriptor)
            self._close()
            if self._is_final:
                staging.sync_directory(self._file.parent)
            else:
                self._send_away()
        faults.reach("content.synced")
        return arrived

    def abort(self) -> None:
        """Forget the bytes. Harmless after `abort`, wrong after `finish`."""
        self._close()
        self._file.unlink(missing_ok=True)

    def _send_away(self) -> None:
        with self._file.open("rb") as stream:
            default_storage.save(self._path, StorageFile(stream))
        self._file.unlink()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o644)
    except FileNotFoundError:
        made = [path.parent, *(parent for parent in path.parent.parents if not parent.exists())]
        path.parent.mkdir(parents=True, exist_ok=True)
        for directory in made:
            staging.sync_directory(directory.parent)
        return os.open(path, flags, 0o644)


def _update(hashes: Sequence[Running], blocks: Sequence[Block]) -> None:
    for running in hashes:
        for block in blocks:
            running.update(block)


def _copy_in_kernel(source: BinaryIO, target: int, *, offset: int, length: int) -> int:
    """All of it, or nothing where the kernel cannot: 0 then."""
    copied = 0
    while copied < length:
        try:
            count = os.copy_file_range(source.fileno(), target, length - copied, offset_src=offset + copied)
        except (OSError, AttributeError):
            if copied:
                raise
            return 0
        if not count:
            raise OSError("the content ended early")
        copied += count
    return copied


def _write_all(descriptor: int, blocks: Sequence[Block]) -> None:
    written = os.writev(descriptor, blocks)
    for block in blocks:
        if written >= len(block):
            written -= len(block)
            continue
        rest = memoryview(block)[written:]
        written = 0
        while rest:
            rest = rest[os.write(descriptor, rest) :]

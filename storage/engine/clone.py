"""Copying a file as cheaply as the file system allows."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from storage.engine.monitor import Monitor

_FICLONE = 0x40049409  # _IOW(0x94, 9, int) of linux/fs.h
_CHUNK_BYTES = 64 * 1024 * 1024
_NO_REFLINK = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EISDIR}
_NO_COPY_RANGE = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


def clone_file(source: Path, target: Path, monitor: Monitor | None = None) -> None:
    """Make `target`, which must not exist, an equal and independent copy of `source`.

    Shares blocks where the file system can (no bytes move), else copies in chunks between which the monitor may stop
    it. `target` is removed if anything fails. `source` is opened for reading only.
    """
    target_fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with source.open("rb", buffering=0) as file:
            if not _reflink(file.fileno(), target_fd):
                _copy(file.fileno(), target_fd, monitor)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        os.close(target_fd)


def _reflink(source_fd: int, target_fd: int) -> bool:
    try:
        fcntl.ioctl(target_fd, _FICLONE, source_fd)
    except OSError as error:
        if error.errno in _NO_REFLINK:
            return False
        raise
    return True


def _copy(source_fd: int, target_fd: int, monitor: Monitor | None) -> None:
    copy_chunk = _copy_chunk
    offset, size = 0, os.fstat(source_fd).st_size
    while offset < size:
        if monitor is not None:
            monitor.check()
        try:
            moved = copy_chunk(source_fd, target_fd, min(_CHUNK_BYTES, size - offset))
        except OSError as error:
            # Across file systems, and on old kernels, the kernel copies by sendfile only; both go on at the offset
            # of the two descriptors, so nothing is copied twice.
            if copy_chunk is _send_chunk or error.errno not in _NO_COPY_RANGE:
                raise
            copy_chunk = _send_chunk
            continue
        if moved == 0:
            if copy_chunk is _send_chunk:
                raise OSError(errno.EIO, "The source ended early")
            copy_chunk = _send_chunk
        offset += moved


def _copy_chunk(source_fd: int, target_fd: int, count: int) -> int:
    return os.copy_file_range(source_fd, target_fd, count)


def _send_chunk(source_fd: int, target_fd: int, count: int) -> int:
    return os.sendfile(target_fd, source_fd, None, count)

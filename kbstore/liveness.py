"""Lock files that say whether a process lives: the kernel lets go of them when it dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_FRESH_SECONDS = 3600.0


def hold(path: Path) -> None:
    """Make this lock file and hold it until the process ends: it is never closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def is_held(path: Path) -> bool:
    """Whether some process, maybe this one, holds the lock file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two processes that look at the same time must not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def forget_dead(directory: Path, pattern: str, *, own: Collection[str]) -> int:
    """Remove lock files of the dead, except `own` names and fresh ones, whose process may be about to lock them."""
    removed = 0
    for path in directory.glob(pattern):
        with suppress(FileNotFoundError):
            is_old = time.time() - path.stat().st_mtime > _FRESH_SECONDS
            if is_old and path.name not in own and not is_held(path):
                path.unlink()
                removed += 1
    return removed

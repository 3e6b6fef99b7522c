"""Which processes live: each holds a lock file that the kernel releases when it dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import threading
import time
import uuid
from pathlib import Path

from django.conf import settings

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")
_FORGET_AFTER_SECONDS = 3600.0

_mutex = threading.Lock()
_held: dict[Path, tuple[int, str, int]] = {}  # directory -> (process, worker id, open file)


def workers_dir() -> Path:
    return settings.LOCKS_DIR / "workers"


def host_name() -> str:
    return _UNSAFE.sub("-", socket.gethostname())[:60]


def this_worker() -> str:
    """The id of this process, the same at every call; from the first call on others can see that it lives."""
    directory = workers_dir()
    with _mutex:
        process, worker_id, _ = _held.get(directory, (0, "", 0))
        if process != os.getpid():
            worker_id = f"{host_name()}.{os.getpid()}.{uuid.uuid4().hex[:12]}"
            _held[directory] = (os.getpid(), worker_id, _lock(directory, worker_id))
        return worker_id


def is_locked(worker_id: str) -> bool:
    """Whether some process that this host can see holds the lock of that worker."""
    return _is_held(workers_dir() / f"{worker_id}.lock")


def is_on_this_host(worker_id: str) -> bool:
    return worker_id.partition(".")[0] == host_name()


def other_live_workers() -> list[str]:
    """Ids of the processes other than this one that hold their lock on this data directory."""
    own = this_worker()
    ids = (path.stem for path in workers_dir().glob("*.lock"))
    return sorted(worker_id for worker_id in ids if worker_id != own and is_locked(worker_id))


def forget_dead_workers() -> int:
    """Remove lock files of the dead; not the fresh ones, whose process may be about to take its lock."""
    removed = 0
    for path in workers_dir().glob("*.lock"):
        try:
            is_old = time.time() - path.stat().st_mtime > _FORGET_AFTER_SECONDS
        except FileNotFoundError:
            continue
        if is_old and not _is_held(path):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _lock(directory: Path, worker_id: str) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    file = os.open(directory / f"{worker_id}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two processes that look at the same time must not take each other for the owner.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False

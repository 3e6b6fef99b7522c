"""Which processes live: each holds a lock file that the kernel releases when it dies, however it dies."""

from __future__ import annotations

import os
import re
import socket
import threading
import uuid
from pathlib import Path

from django.conf import settings

from kbstore import liveness

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")

_mutex = threading.Lock()
_held: dict[Path, tuple[int, str]] = {}  # directory -> (process, worker id)


def workers_dir() -> Path:
    return settings.LOCKS_DIR / "workers"


def host_name() -> str:
    return _UNSAFE.sub("-", socket.gethostname())[:60]


def this_worker() -> str:
    """The id of this process, the same at every call; from the first call on others can see that it lives."""
    directory = workers_dir()
    with _mutex:
        process, worker_id = _held.get(directory, (0, ""))
        if process != os.getpid():
            worker_id = f"{host_name()}.{os.getpid()}.{uuid.uuid4().hex[:12]}"
            liveness.hold(directory / f"{worker_id}.lock")
            _held[directory] = (os.getpid(), worker_id)
        return worker_id


def is_locked(worker_id: str) -> bool:
    """Whether some process that this host can see holds the lock of that worker."""
    return liveness.is_held(workers_dir() / f"{worker_id}.lock")


def is_on_this_host(worker_id: str) -> bool:
    return worker_id.partition(".")[0] == host_name()


def other_live_workers() -> list[str]:
    """Ids of the processes other than this one that hold their lock on this data directory."""
    own = this_worker()
    ids = (path.stem for path in workers_dir().glob("*.lock"))
    return sorted(worker_id for worker_id in ids if worker_id != own and is_locked(worker_id))


def forget_dead_workers() -> int:
    """Remove lock files of the dead; returns how many."""
    return liveness.forget_dead(workers_dir(), "*.lock", own=[f"{this_worker()}.lock"])

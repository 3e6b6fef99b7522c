"""Names of unfinished files that tell whether the process that makes them still lives."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

_PREFIX = "owner-"
_TOKEN_LENGTH = 12
_STALE_AFTER_SECONDS = 3600.0

_lock = threading.Lock()
_own_tokens: dict[tuple[int, Path], str] = {}


def fresh_name(locks_dir: Path) -> str:
    """A name nobody has used, which begins with the token of this process."""
    return f"{_own_token(locks_dir)}-{uuid.uuid4().hex}"


def is_owned(locks_dir: Path, name: str) -> bool:
    """Whether the process that got `name` from `fresh_name` lives; False for names from elsewhere."""
    token, separator, _ = name.partition("-")
    if not separator or len(token) != _TOKEN_LENGTH:
        return False
    with _lock:
        if _own_tokens.get((os.getpid(), locks_dir)) == token:
            return True
    return _is_locked(locks_dir / (_PREFIX + token))


def forget_dead_owners(locks_dir: Path) -> None:
    """Remove the lock files of processes that are gone."""
    for path in locks_dir.glob(_PREFIX + "*"):
        with suppress(FileNotFoundError):
            # A file this young may belong to a process that has made it and not locked it yet.
            if time.time() - path.stat().st_mtime > _STALE_AFTER_SECONDS and not _is_own(path) and not _is_locked(path):
                path.unlink()


def _own_token(locks_dir: Path) -> str:
    key = (os.getpid(), locks_dir)  # a forked child is an owner of its own
    with _lock:
        if key not in _own_tokens:
            token = uuid.uuid4().hex[:_TOKEN_LENGTH]
            locks_dir.mkdir(parents=True, exist_ok=True)
            # Never closed: the kernel drops the lock when the process ends, however it ends.
            descriptor = os.open(
                locks_dir / (_PREFIX + token), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _own_tokens[key] = token
        return _own_tokens[key]


def _is_own(path: Path) -> bool:
    with _lock:
        return path.name.removeprefix(_PREFIX) in _own_tokens.values()


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

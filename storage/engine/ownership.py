"""Names of unfinished files that tell whether the process that makes them still lives."""

from __future__ import annotations

import os
import threading
import uuid
from pathlib import Path

from kbstore import liveness

_PREFIX = "owner-"
_TOKEN_LENGTH = 12

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
    return liveness.is_held(locks_dir / (_PREFIX + token))


def forget_dead_owners(locks_dir: Path) -> None:
    """Remove the lock files of processes that are gone."""
    with _lock:
        own = [_PREFIX + token for token in _own_tokens.values()]
    liveness.forget_dead(locks_dir, _PREFIX + "*", own=own)


def _own_token(locks_dir: Path) -> str:
    key = (os.getpid(), locks_dir)  # a forked child is an owner of its own
    with _lock:
        if key not in _own_tokens:
            token = uuid.uuid4().hex[:_TOKEN_LENGTH]
            liveness.hold(locks_dir / (_PREFIX + token))
            _own_tokens[key] = token
        return _own_tokens[key]

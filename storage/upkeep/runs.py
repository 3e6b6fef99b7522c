"""The runs: what long work on the installation is doing, each in a small file that every process can read.

A run holds the lock of its kind as long as it lives, so that there is one at a time, and one whose process died is
known as interrupted.
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from kbstore import liveness
from storage.upkeep.errors import RunNotFound

RUNNING, SUCCESS, ERROR, CANCELLED, INTERRUPTED = "running", "success", "error", "cancelled", "interrupted"
KEPT = 20
_ID = re.compile(r"[a-z]+-[0-9a-f]{32}")


@dataclass
class Run:
    """Times are Unix times in seconds; `progress` is 0 to 1, `step` says what it is at; `result` is JSON."""

    id: str
    kind: str
    requested_by: str
    arguments: dict[str, Any]
    state: str = RUNNING
    progress: float = 0.0
    step: str = ""
    started_at: float = field(default_factory=time.time)
    finished_at: float | None = None
    result: dict[str, Any] | None = None
    error: str = ""

    @property
    def is_finished(self) -> bool:
        return self.state != RUNNING


def new_run(kind: str, *, requested_by: str, arguments: dict[str, Any]) -> Run:
    """Not written yet."""
    return Run(f"{kind}-{uuid.uuid4().hex}", kind, requested_by, arguments)


def write_run(run: Run) -> None:
    """Whoever reads the file never reads half of it."""
    path = _path(run.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{run.id}.{os.getpid()}")
    draft.write_text(json.dumps(asdict(run), ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def find_run(run_id: str) -> Run:
    """Raises RunNotFound."""
    if not _ID.fullmatch(run_id):
        raise RunNotFound(run_id)
    run = _read(_path(run_id))
    if run is None:
        raise RunNotFound(run_id)
    return run


def list_runs(kind: str, *, limit: int = KEPT) -> list[Run]:
    """The newest first."""
    found = [run for path in _directory().glob(f"{kind}-*.json") if (run := _read(path)) is not None]
    return sorted(found, key=lambda run: run.started_at, reverse=True)[:limit]


def running(kind: str) -> Run | None:
    """The one that runs now, in whichever process."""
    if not liveness.is_held(lock_path(kind)):
        return None
    return next((run for run in list_runs(kind) if not run.is_finished), None)


def request_cancel(run_id: str) -> None:
    """Ask it to stop at its next step. Raises RunNotFound."""
    run = find_run(run_id)
    if not run.is_finished:
        _cancel_path(run.id).touch()


def is_cancel_requested(run_id: str) -> bool:
    return _cancel_path(run_id).exists()


def forget_old(kind: str) -> None:
    """Keep the newest runs of a kind, and no request to cancel one that has ended."""
    for run in list_runs(kind, limit=10_000):
        if run.is_finished:
            _cancel_path(run.id).unlink(missing_ok=True)
    for run in list_runs(kind, limit=10_000)[KEPT:]:
        _path(run.id).unlink(missing_ok=True)


def lock_path(kind: str) -> Path:
    return settings.LOCKS_DIR / f"upkeep-{kind}.lock"


def _read(path: Path) -> Run | None:
    run = _parsed(path)
    if run is None or run.is_finished or liveness.is_held(lock_path(run.kind)):
        return run
    # Its end is written before the lock goes: once more, for one that ended between the two looks.
    run = _parsed(path)
    if run is not None and not run.is_finished:
        run.state, run.error = INTERRUPTED, "The process that did it ended."
    return run


def _parsed(path: Path) -> Run | None:
    try:
        return Run(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _directory() -> Path:
    return settings.DATA_DIR / "_upkeep"


def _path(run_id: str) -> Path:
    return _directory() / f"{run_id}.json"


def _cancel_path(run_id: str) -> Path:
    return _directory() / f"{run_id}.cancel"

"""Several processes, one scrape: prometheus_client's shared files, kept free of what dead processes left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_FILE = re.compile(r"[a-z_]+_(\d+)\.db")


def shared_directory() -> Path | None:
    """Where the processes of this installation put their numbers; None if there is one process only."""
    name = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(name) if name else None


def prepare_directory() -> None:
    """Make the shared directory before the first family needs it; the first process of all starts from zero.

    Others live on: then counters of the dead stay, since a sum that falls would look like a restart.
    """
    directory = shared_directory()
    if directory is None:
        return
    directory.mkdir(parents=True, exist_ok=True)
    files = dict(_files(directory))
    if not any(_is_alive(process) for process in files.values()):
        for path in files:
            path.unlink(missing_ok=True)


def dead_processes() -> set[int]:
    """Ids of processes that left numbers behind."""
    directory = shared_directory()
    found = set() if directory is None else {process for _, process in _files(directory)}
    return {process for process in found if not _is_alive(process)}


def _files(directory: Path) -> Iterator[tuple[Path, int]]:
    for path in directory.glob("*.db"):
        match = _FILE.fullmatch(path.name)
        if match is not None:
            yield path, int(match[1])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""A copy of a workspace file as of one moment, whoever has it open: no lock is taken and nobody is held up.

DuckDB changes what its file refers to by writing new blocks, then one of two headers; between two headers it only
appends to the log and writes blocks that nothing refers to. So a log and, after it, a file that were copied under one
header are what a crash at the moment of the log would have left, and DuckDB opens that.

For processes that have not opened the file themselves: closing it would let go of their lock on it.
"""

from __future__ import annotations

import time
from pathlib import Path

from storage.engine.clone import clone_file
from storage.engine.connection import COMPANION_SUFFIXES
from storage.engine.native import NativeDatabase, NativeError, rows
from storage.engine.workspace_errors import WorkspaceDamaged, WorkspaceMissing
from storage.engine.workspace_file import INFO_TABLE, remove_workspace_file

_HEADER_BYTES = 3 * 4096
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.05


class WorkspaceRestless(Exception):
    """The file was written so often that no copy of one moment could be made."""


def copy_workspace_file(source: Path, target: Path) -> None:
    """Make `target`, one file without a log, with all that had been committed when the call began.

    Raises WorkspaceMissing, WorkspaceDamaged and WorkspaceRestless; nothing is left at `target` then.
    """
    failure: NativeError | None = None
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE_SECONDS * bool(attempt))
        try:
            if _copy(source, target):
                _settle(target)
                return
        except FileNotFoundError as error:
            if not source.is_file():
                remove_workspace_file(target)
                raise WorkspaceMissing from error
        except NativeError as error:
            failure = error
        remove_workspace_file(target)
    if failure is not None:
        raise WorkspaceDamaged from failure
    raise WorkspaceRestless


def _copy(source: Path, target: Path) -> bool:
    """The log first: what it refers to is in the file by then. Whether the header stood still meanwhile."""
    before = _state(source)
    for suffix in COMPANION_SUFFIXES:
        log = Path(f"{source}{suffix}")
        if log.exists():
            clone_file(log, Path(f"{target}{suffix}"))
    clone_file(source, target)
    return _state(source) == before


def _state(source: Path) -> tuple[bytes, tuple[int, ...]]:
    """What changes with every checkpoint: the headers, and which files there are beside them."""
    with source.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    logs = (Path(f"{source}{suffix}") for suffix in COMPANION_SUFFIXES)
    return header, tuple(log.stat().st_ino if log.exists() else 0 for log in logs)


def _settle(target: Path) -> None:
    """Read the log into the file; a copy that DuckDB cannot open raises NativeError."""
    with NativeDatabase({"threads": "1", "autoload_known_extensions": "false"}, str(target)) as database:
        connection = database.connect()
        rows(connection, f'SELECT count(*) FROM main."{INFO_TABLE}"')  # noqa: S608 - a name of ours
        connection.run("CHECKPOINT")

"""Make the directories that this server works in."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError
from storage.engine.specs import ColumnSpec, TableSpec
from storage.errors import InitFailed
from storage.runtime import engine
from storage.services.check_health import MINIMUM_FREE_BYTES, storage_paths


@dataclass(frozen=True)
class InitOutcome:
    """All directories by name, and those that did not exist before."""

    paths: dict[str, Path]
    created: list[Path]


def backend_init(*, actor: Actor) -> InitOutcome:
    """Make each directory that is missing and prove that it can be written; doing it again changes nothing.

    Raises InitFailed with one line for each that cannot be used.
    """
    actor.require(Need.ADMIN)
    created: list[Path] = []
    problems: list[str] = []
    for name, path in storage_paths().items():
        try:
            if not path.is_dir():
                path.mkdir(parents=True)
                created.append(path)
            _prove_writable(path)
        except OSError as error:
            problems.append(f"{name}: not writable ({error.strerror})")
    problems += _other_problems()
    if problems:
        raise InitFailed(problems)
    return InitOutcome(storage_paths(), created)


def _other_problems() -> list[str]:
    """What else keeps this server from working: no room on the disk, a DuckDB that does not start."""
    problems: list[str] = []
    data_dir = storage_paths()["data_dir"]
    if data_dir.is_dir() and shutil.disk_usage(data_dir).free <= MINIMUM_FREE_BYTES:
        problems.append(f"data_dir: less than {MINIMUM_FREE_BYTES // 2**20} MiB are free")
    try:
        engine().normalize(TableSpec((ColumnSpec("probe", "INTEGER", default="1"),)))
    except KbstoreError as error:
        problems.append(f"duckdb: {error.message}")
    return problems


def _prove_writable(directory: Path) -> None:
    probe = directory / f".probe-{uuid.uuid4().hex}"
    probe.touch()
    probe.unlink()

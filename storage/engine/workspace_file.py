"""Files of workspaces: made whole or not at all, and removed with all that DuckDB keeps beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from storage.engine.config import EngineConfig
from storage.engine.connection import COMPANION_SUFFIXES
from storage.engine.durable import sync_directory, sync_file
from storage.engine.native import NativeDatabase, rows
from storage.engine.ownership import fresh_name
from storage.engine.workspace_errors import translated_native_errors

INFO_TABLE = "_workspace_info"


def make_workspace_file(config: EngineConfig, path: Path, *, workspace_id: str) -> None:
    """Create the empty file of a workspace at `path`, replacing what may be there; it is on the disk afterwards.

    A crash leaves no more than a file whose name begins with a dot and the token of this process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.parent / f".{fresh_name(config.locks_dir)}"
    try:
        with translated_native_errors():
            _write_info(aside, workspace_id)
        aside.chmod(0o600)
        sync_file(aside)
        aside.rename(path)
        sync_directory(path.parent)
    finally:
        remove_workspace_file(aside)


def remove_workspace_file(path: Path) -> None:
    """Remove the file and its logs. Whoever has it open reads on; its space is free when they close it."""
    for suffix in ("", *COMPANION_SUFFIXES):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def workspace_size_bytes(path: Path) -> int:
    """What the file and its logs take on the disk; 0 where there is none."""
    return sum(_size(Path(f"{path}{suffix}")) for suffix in ("", *COMPANION_SUFFIXES))


def _write_info(path: Path, workspace_id: str) -> None:
    with NativeDatabase({"threads": "1", "autoload_known_extensions": "false"}, str(path)) as database:
        connection = database.connect()
        connection.run(f'BEGIN; CREATE TABLE main."{INFO_TABLE}" ("key" VARCHAR PRIMARY KEY, "value" VARCHAR)')
        info = {"workspace_id": workspace_id, "created_at": datetime.now(UTC).isoformat()}
        for key, value in info.items():
            rows(connection, f'INSERT INTO main."{INFO_TABLE}" VALUES ($1, $2)', key, value)  # noqa: S608
        connection.run("COMMIT; CHECKPOINT")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

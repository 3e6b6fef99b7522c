"""Staging, sealing and forgetting the immutable files of table versions."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import duckdb

from kbstore import faults
from kbstore.errors import KbstoreError
from storage.engine.clone import clone_file
from storage.engine.config import EngineConfig
from storage.engine.connection import COMPANION_SUFFIXES
from storage.engine.durable import sync_directory, sync_file, synced_fingerprint
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import SealedVersion, TableSpec, VersionRef
from storage.engine.sql import attach_sql, count_rows_sql, create_table_sql, detach_sql, qualified_name

STAGED = "staged"
STAGED_TABLE = qualified_name(STAGED)
SMALL_BLOCK_BYTES = 16 * 1024
LARGE_BLOCK_BYTES = 256 * 1024
#: From this size of its source on, a table is worth large blocks: small ones cost it twice the space and time.
LARGE_TABLE_BYTES = 1024 * 1024

#: A table with more deleted rows than both of these is written anew by the next incremental load.
WORN_ROWS = 100_000
WORN_FRACTION = 0.3

# Files stay readable by DuckDB 1.4. A staged file needs no log: until it is sealed, a crash throws it away.
_STORAGE_OPTIONS = ("STORAGE_VERSION 'v1.4.0'",)
_WRITE_OPTIONS = ("RECOVERY_MODE no_wal_writes",)
_SEALED = "sealed"


class SealFailed(KbstoreError):
    """A staged file is not what was asked for; it is thrown away."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The new version of the table failed its check ({what}). Nothing was changed.")


class VersionStore:
    """The version files of one data directory and the staged files that become them."""

    def __init__(self, config: EngineConfig) -> None:
        self._layout = Layout(config)

    def path(self, ref: VersionRef) -> Path:
        return self._layout.version_path(ref)

    def new_ref(self, project_id: str) -> VersionRef:
        return VersionRef(project_id, uuid.uuid4().hex)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A fresh path for one staged file; whatever still lies there at the end is removed."""
        path = self._layout.staging_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            for suffix in ("", *COMPANION_SUFFIXES):
                Path(f"{path}{suffix}").unlink(missing_ok=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A fresh directory in staging, removed with all in it at the end."""
        path = self._layout.staging_path(".scratch")
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def stage_empty(
        self, connection: duckdb.DuckDBPyConnection, staged: Path, spec: TableSpec, *, expected_bytes: int = 0
    ) -> None:
        """Make a file with an empty table at `staged`, attached for writing as `STAGED`."""
        block_bytes = LARGE_BLOCK_BYTES if expected_bytes >= LARGE_TABLE_BYTES else SMALL_BLOCK_BYTES
        options = (*_STORAGE_OPTIONS, *_WRITE_OPTIONS, f"BLOCK_SIZE {block_bytes}")
        connection.execute(attach_sql(staged, STAGED, options))
        connection.execute(create_table_sql(spec, STAGED_TABLE))
        faults.reach("stage.created")

    def stage_clone(
        self, connection: duckdb.DuckDBPyConnection, staged: Path, base: VersionRef, monitor: Monitor | None = None
    ) -> None:
        """Make a copy of `base` at `staged`, attached for writing as `STAGED`."""
        clone_file(self.path(base), staged, monitor)
        # The disk takes the copy while the change is computed: the checkpoint then has little left to wait for.
        threading.Thread(target=_flush_early, args=(staged,), name="flush", daemon=True).start()
        connection.execute(attach_sql(staged, STAGED, _WRITE_OPTIONS))
        faults.reach("stage.created")

    def seal(
        self,
        connection: duckdb.DuckDBPyConnection,
        staged: Path,
        ref: VersionRef,
        spec: TableSpec,
        monitor: Monitor | None = None,
    ) -> SealedVersion:
        """Detach the staged file, check it and put it in its place for ever.

        Whatever fails, no file of this version is left behind. On return it is complete and survives a power cut.
        """
        connection.execute(detach_sql(STAGED))
        faults.reach("stage.written")
        # One thread reads the file back through DuckDB, the other hashes what lies on the disk.
        with ThreadPoolExecutor(1, "seal") as hasher:
            digest = hasher.submit(synced_fingerprint, staged)
            row_count = self._verify(connection, staged, spec)
            faults.reach("seal.verified")
            checksum, size = digest.result()
        if monitor is not None:
            monitor.check()
        faults.reach("seal.synced")
        self._place(staged, self.path(ref))
        faults.reach("seal.renamed")
        return SealedVersion(ref, spec, row_count, size, checksum)

    def duplicate(self, version: SealedVersion, ref: VersionRef) -> SealedVersion:
        """A second name of a version's file: both live and go on their own, the bytes until the last name is gone.

        Where the file system knows no second names it is a copy. Raises FileNotFoundError.
        """
        source, target = self.path(version.ref), self.path(ref)
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_directory(target.parent.parent)
        try:
            target.hardlink_to(source)
            sync_directory(target.parent)
        except FileNotFoundError:
            raise
        except OSError:
            with self.staging() as staged:
                clone_file(source, staged)
                sync_file(staged)
                self._place(staged, target)
        return replace(version, ref=ref)

    def discard(self, refs: Iterable[VersionRef]) -> None:
        """Remove the files of these versions; those that are gone already are no error."""
        for ref in refs:
            self.path(ref).unlink(missing_ok=True)

    def remove_project(self, project_id: str) -> None:
        shutil.rmtree(self._layout.versions_project_dir(project_id), ignore_errors=True)

    def _verify(self, connection: duckdb.DuckDBPyConnection, staged: Path, spec: TableSpec) -> int:
        if any(Path(f"{staged}{suffix}").exists() for suffix in COMPANION_SUFFIXES):
            raise SealFailed("a log is left over")
        connection.execute(attach_sql(staged, _SEALED, ("READ_ONLY",)))
        try:
            _compare_columns(connection, spec)
            row = connection.execute(count_rows_sql(qualified_name(_SEALED))).fetchone()
        finally:
            connection.execute(detach_sql(_SEALED))
        return int(row[0]) if row else 0

    def _place(self, staged: Path, target: Path) -> None:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_directory(target.parent.parent)
        staged.chmod(0o444)
        staged.rename(target)
        try:
            sync_directory(target.parent)
        except OSError:
            target.unlink(missing_ok=True)
            raise


def uses_small_blocks(connection: duckdb.DuckDBPyConnection, alias: str) -> bool:
    """Whether an attached file was made for a small table."""
    query = "SELECT block_size FROM pragma_database_size() WHERE database_name = ?"
    row = connection.execute(query, [alias]).fetchone()
    return row is not None and int(row[0]) < LARGE_BLOCK_BYTES


def is_worn(connection: duckdb.DuckDBPyConnection, alias: str, row_count: int) -> bool:
    """Whether much of an attached file is rows that were deleted: a file only ever marks them."""
    query = "SELECT estimated_size FROM duckdb_tables() WHERE database_name = ?"
    row = connection.execute(query, [alias]).fetchone()
    deleted = int(row[0]) - row_count if row else 0
    return deleted > max(WORN_ROWS, row_count * WORN_FRACTION)


def _compare_columns(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    found = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = ? AND NOT internal ORDER BY table_oid, column_index",
        [_SEALED],
    ).fetchall()
    expected = [("main", "data", column.name, column.type, column.nullable) for column in spec.columns]
    if found != expected:
        raise SealFailed("its columns differ")


def _flush_early(path: Path) -> None:
    # Only a head start: whether the work goes on or the file is gone already, sealing syncs for good.
    with suppress(OSError):
        sync_file(path)

"""Every way to make the next version of a table: empty, loaded, altered, with rows deleted, compacted, duplicated."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storage.engine.alter import alter_in_place, alter_rows, can_alter_in_place, check_key, check_values
from storage.engine.connection import heavy_instance, light_instance
from storage.engine.deletion import delete_matching, means_every_row, referenced_versions
from storage.engine.errors import translated_errors
from storage.engine.import_rows import import_rows
from storage.engine.import_specs import RowImport, RowImportOutcome
from storage.engine.loader import load_rows
from storage.engine.monitor import Monitor
from storage.engine.specs import (
    Alteration,
    Deletion,
    LoadOutcome,
    LoadSpec,
    RowSelection,
    SealedVersion,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import attach_sql, copy_rows_sql, detach_sql, qualified_name
from storage.engine.types import normalize_spec
from storage.engine.version_access import BASE, BASE_TABLE, VersionAccess
from storage.engine.versions import LARGE_TABLE_BYTES, STAGED, STAGED_TABLE, is_worn, uses_small_blocks
from storage.engine.wear import count_rows, is_wasteful

_WORN = "worn"


class VersionBuilding(VersionAccess):
    """Builds versions aside; nothing that exists is ever changed."""

    def normalize(self, spec: TableSpec) -> TableSpec:
        return normalize_spec(spec)

    def create(self, project_id: str, spec: TableSpec) -> SealedVersion:
        with (
            translated_errors(),
            self._versions.staging() as staged,
            light_instance(self._config, allow=[staged]) as connection,
        ):
            self._versions.stage_empty(connection, staged, spec)
            return self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec)

    def duplicate(self, version: SealedVersion, project_id: str) -> SealedVersion:
        with translated_errors(), self._reading(version.ref):
            return self._versions.duplicate(version, self._versions.new_ref(project_id))

    def load(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: LoadSpec, monitor: Monitor
    ) -> LoadOutcome:
        with (
            self._versions.scratch() as scratch,
            self._staging_beside(base, monitor, [order.path, scratch]) as (connection, staged, _),
        ):
            base_is_empty = self._stage(connection, staged, spec, base, order, monitor)
            counts = load_rows(
                connection=connection,
                table=STAGED_TABLE,
                spec=spec,
                order=order,
                monitor=monitor,
                base_is_empty=base_is_empty,
                scratch_dir=scratch,
            )
            sealed = self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec, monitor)
            return LoadOutcome(sealed, counts.imported_rows, tuple(counts.warnings))

    def import_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: RowImport, monitor: Monitor
    ) -> RowImportOutcome:
        with (
            self._versions.scratch() as scratch,
            self._staging_beside(base, monitor, [order.source.readable, scratch]) as (connection, staged, _),
        ):
            base_is_empty = self._stage(connection, staged, spec, base, order, monitor)
            counts = import_rows(
                connection=connection,
                table=STAGED_TABLE,
                spec=spec,
                order=order,
                monitor=monitor,
                base_is_empty=base_is_empty,
                scratch=scratch,
            )
            sealing = "fromStagingToTargetWithDedup" if order.removes_duplicates else "copyFromStagingToTarget"
            started = time.monotonic()
            sealed = self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec, monitor)
            return RowImportOutcome(sealed, counts.timed(sealing, time.monotonic() - started))

    def alter(self, project_id: str, base: VersionRef, alteration: Alteration, monitor: Monitor) -> SealedVersion:
        with self._two_stages(base, monitor) as (connection, staged, spare):
            with monitor.phase(connection, 0.0, 0.9):
                check_values(connection, BASE_TABLE, alteration)
                path = staged if self._alter_clone(connection, staged, base, alteration, monitor) else spare
                if path is spare:
                    size = self._versions.path(base).stat().st_size
                    self._versions.stage_empty(connection, spare, alteration.after, expected_bytes=size)
                    alter_rows(connection, BASE_TABLE, STAGED_TABLE, alteration)
                check_key(connection, STAGED_TABLE, alteration)
            connection.execute(detach_sql(BASE))
            ref = self._versions.new_ref(project_id)
            return self._versions.seal(connection, path, ref, alteration.after, monitor)

    def _alter_clone(
        self,
        connection: duckdb.DuckDBPyConnection,
        staged: Path,
        base: VersionRef,
        alteration: Alteration,
        monitor: Monitor,
    ) -> bool:
        """Whether a clone of `base` was altered and is attached as `STAGED`; else the rows have to be written anew."""
        if not can_alter_in_place(connection, BASE, alteration):
            return False
        self._versions.stage_clone(connection, staged, base, monitor)
        alter_in_place(connection, BASE_TABLE, STAGED_TABLE, alteration)
        return self._is_worth_keeping(connection, staged)

    def delete_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, where: str | RowSelection, monitor: Monitor
    ) -> Deletion:
        others = [ref for ref in referenced_versions(where) if ref != base]
        with self._two_stages(base, monitor, others) as (connection, staged, spare):
            path = staged
            references = self._attached(connection, others, monitor) | {base: BASE_TABLE}
            with monitor.phase(connection, 0.0, 0.9):
                if means_every_row(where):
                    self._versions.stage_empty(connection, staged, spec)
                    deleted = count_rows(connection, BASE_TABLE)
                else:
                    self._versions.stage_clone(connection, staged, base, monitor)
                    deleted = delete_matching(
                        connection=connection,
                        table=STAGED_TABLE,
                        source=BASE_TABLE,
                        spec=spec,
                        where=where,
                        references=references,
                    )
                    if deleted and not self._is_worth_keeping(connection, staged):
                        path = spare
                        self._copy_survivors(connection, staged, spare, spec)
            if not deleted:
                return Deletion(None, 0)
            connection.execute(detach_sql(BASE))
            ref = self._versions.new_ref(project_id)
            return Deletion(self._versions.seal(connection, path, ref, spec, monitor), deleted)

    def _copy_survivors(self, connection: duckdb.DuckDBPyConnection, worn: Path, spare: Path, spec: TableSpec) -> None:
        connection.execute(attach_sql(worn, _WORN, ("READ_ONLY",)))
        size = worn.stat().st_size if count_rows(connection, qualified_name(_WORN)) else 0
        self._versions.stage_empty(connection, spare, spec, expected_bytes=size)
        connection.execute(copy_rows_sql(qualified_name(_WORN), STAGED_TABLE))
        connection.execute(detach_sql(_WORN))

    @staticmethod
    def _is_worth_keeping(connection: duckdb.DuckDBPyConnection, staged: Path) -> bool:
        """Checkpoint the staged file and look at it: attached as `STAGED` again, for reading, only if it is."""
        connection.execute(detach_sql(STAGED))
        connection.execute(attach_sql(staged, STAGED, ("READ_ONLY",)))
        if not is_wasteful(connection, STAGED):
            return True
        connection.execute(detach_sql(STAGED))
        return False

    def compact(self, project_id: str, spec: TableSpec, base: VersionRef, monitor: Monitor) -> SealedVersion:
        with self._staging_beside(base, monitor) as (connection, staged, base_path):
            self._versions.stage_empty(connection, staged, spec, expected_bytes=base_path.stat().st_size)
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            with monitor.phase(connection, 0.0, 1.0):
                connection.execute(copy_rows_sql(BASE_TABLE, STAGED_TABLE))
            connection.execute(detach_sql(BASE))
            return self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec, monitor)

    def is_wasteful(self, base: VersionRef) -> bool:
        with self._reading(base) as path, light_instance(self._config, allow=[path]) as connection:
            connection.execute(attach_sql(path, BASE, ("READ_ONLY",)))
            return is_wasteful(connection, BASE)

    @contextmanager
    def _two_stages(
        self, base: VersionRef, monitor: Monitor, others: Sequence[VersionRef] = ()
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path, Path]]:
        """A heavy instance with `base` attached as `BASE`, and two fresh staged paths: for a change made on a clone,
        and for one that writes the rows anew. It may read `others`, too."""
        readable = [self._versions.path(ref) for ref in others]
        with (
            self._versions.staging() as spare,
            self._staging_beside(base, monitor, [spare, *readable]) as (connection, staged, base_path),
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            yield connection, staged, spare

    def _attached(
        self, connection: duckdb.DuckDBPyConnection, refs: Sequence[VersionRef], monitor: Monitor
    ) -> dict[VersionRef, str]:
        """The qualified names of these versions, attached for reading. Raises VersionGone."""
        names: dict[VersionRef, str] = {}
        for ref in refs:
            with self._reading(ref, monitor) as path:
                names[ref] = qualified_name(alias := f"other{len(names)}")
                connection.execute(attach_sql(path, alias, ("READ_ONLY",)))
        return names

    @contextmanager
    def _staging_beside(
        self, base: VersionRef, monitor: Monitor, readable: list[Path] | None = None
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path, Path]]:
        """A heavy instance that sees `base` and a fresh staged path: (connection, staged path, path of the base)."""
        with (
            self._reading(base, monitor) as base_path,
            self._versions.staging() as staged,
            heavy_instance(self._config, monitor, [base_path, staged, *(readable or [])]) as connection,
        ):
            yield connection, staged, base_path

    def _stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        staged: Path,
        spec: TableSpec,
        base: VersionRef,
        order: LoadSpec | RowImport,
        monitor: Monitor,
    ) -> bool:
        """Attach what the load starts from; True if it holds no rows.

        The rows move into a fresh file where the old one is worn, and where a small table grows: the size of blocks
        is fixed when a file is made.
        """
        source_bytes = order.size_bytes
        if not order.incremental:
            self._versions.stage_empty(connection, staged, spec, expected_bytes=source_bytes)
            return True
        base_path = self._versions.path(base)
        expected_bytes = base_path.stat().st_size + source_bytes
        connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
        try:
            row_count = count_rows(connection, BASE_TABLE)
            outgrown = expected_bytes >= LARGE_TABLE_BYTES and uses_small_blocks(connection, BASE)
            if row_count == 0 or outgrown or is_worn(connection, BASE, row_count):
                self._versions.stage_empty(connection, staged, spec, expected_bytes=expected_bytes)
                with monitor.phase(connection, 0.0, 0.0):
                    connection.execute(copy_rows_sql(BASE_TABLE, STAGED_TABLE))
            else:
                self._versions.stage_clone(connection, staged, base, monitor)
        finally:
            connection.execute(detach_sql(BASE))
        return row_count == 0

"""Every way to make the next version of a table: empty, loaded, altered, with rows deleted, compacted, duplicated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storage.engine.alter import alter_rows
from storage.engine.connection import heavy_instance, light_instance
from storage.engine.deletion import delete_matching
from storage.engine.errors import translated_errors
from storage.engine.loader import load_rows
from storage.engine.monitor import Monitor
from storage.engine.specs import (
    Alteration,
    Deletion,
    LoadOutcome,
    LoadSpec,
    SealedVersion,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import attach_sql, copy_rows_sql, count_rows_sql, detach_sql
from storage.engine.types import normalize_spec
from storage.engine.version_access import BASE, BASE_TABLE, VersionAccess
from storage.engine.versions import LARGE_TABLE_BYTES, STAGED_TABLE, is_worn, uses_small_blocks


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

    def alter(self, project_id: str, base: VersionRef, alteration: Alteration, monitor: Monitor) -> SealedVersion:
        with self._staging_beside(base, monitor) as (connection, staged, base_path):
            size = base_path.stat().st_size
            self._versions.stage_empty(connection, staged, alteration.after, expected_bytes=size)
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            alter_rows(
                connection=connection, source=BASE_TABLE, target=STAGED_TABLE, alteration=alteration, monitor=monitor
            )
            connection.execute(detach_sql(BASE))
            ref = self._versions.new_ref(project_id)
            return self._versions.seal(connection, staged, ref, alteration.after, monitor)

    def delete_rows(self, project_id: str, spec: TableSpec, base: VersionRef, where: str, monitor: Monitor) -> Deletion:
        with self._staging_beside(base, monitor) as (connection, staged, _):
            self._versions.stage_clone(connection, staged, base, monitor)
            deleted = delete_matching(
                connection=connection, table=STAGED_TABLE, spec=spec, where=where, monitor=monitor
            )
            sealed = self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec, monitor)
            return Deletion(sealed, deleted)

    def compact(self, project_id: str, spec: TableSpec, base: VersionRef, monitor: Monitor) -> SealedVersion:
        with self._staging_beside(base, monitor) as (connection, staged, base_path):
            self._versions.stage_empty(connection, staged, spec, expected_bytes=base_path.stat().st_size)
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            with monitor.phase(connection, 0.0, 1.0):
                connection.execute(copy_rows_sql(BASE_TABLE, STAGED_TABLE))
            connection.execute(detach_sql(BASE))
            return self._versions.seal(connection, staged, self._versions.new_ref(project_id), spec, monitor)

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
        order: LoadSpec,
        monitor: Monitor,
    ) -> bool:
        """Attach what the load starts from; True if it holds no rows.

        The rows move into a fresh file where the old one is worn, and where a small table grows: the size of blocks
        is fixed when a file is made.
        """
        source_bytes = order.path.stat().st_size
        if not order.incremental:
            self._versions.stage_empty(connection, staged, spec, expected_bytes=source_bytes)
            return True
        base_path = self._versions.path(base)
        expected_bytes = base_path.stat().st_size + source_bytes
        connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
        try:
            row = connection.execute(count_rows_sql(BASE_TABLE)).fetchone()
            row_count = int(row[0]) if row else 0
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

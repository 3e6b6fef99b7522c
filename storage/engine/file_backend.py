"""The table backend of one machine: one immutable DuckDB file per table version on a local disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb

from storage.engine.config import EngineConfig
from storage.engine.connection import ReaderPool, heavy_instance, light_instance
from storage.engine.durable import synced_sha256
from storage.engine.errors import VersionGone, translated_errors
from storage.engine.exporter import export_rows
from storage.engine.layout import Layout
from storage.engine.links import LinkTree
from storage.engine.loader import load_rows
from storage.engine.locks import LockTable
from storage.engine.monitor import Monitor
from storage.engine.orphans import find_orphans, sweep_staging
from storage.engine.reader import preview_rows
from storage.engine.specs import (
    ColumnSpec,
    ExportOutcome,
    ExportSpec,
    LoadOutcome,
    LoadSpec,
    OrphanReport,
    Preview,
    SealedVersion,
    TableAddress,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import attach_sql, copy_rows_sql, count_rows_sql, detach_sql, qualified_name
from storage.engine.types import normalize_spec
from storage.engine.versions import (
    LARGE_TABLE_BYTES,
    STAGED_TABLE,
    VersionStore,
    is_worn,
    uses_small_blocks,
)

_BASE = "base"
_BASE_TABLE = qualified_name(_BASE)


class FileBackend:
    """`TableBackend` on local files; thread-safe, and any number of processes may share one data directory."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._layout = Layout(config)
        self._layout.make_roots()
        self._versions = VersionStore(config)
        self._links = LinkTree(self._layout)
        self._readers = ReaderPool(config)
        self.locks = LockTable(config)

    # --- building versions

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

    def load(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: LoadSpec, monitor: Monitor
    ) -> LoadOutcome:
        with (
            self._reading(base, monitor) as base_path,
            self._versions.staging() as staged,
            self._versions.scratch() as scratch,
            heavy_instance(self._config, monitor, [base_path, staged, order.path, scratch]) as connection,
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
        connection.execute(attach_sql(base_path, _BASE, ("READ_ONLY",)))
        try:
            row = connection.execute(count_rows_sql(_BASE_TABLE)).fetchone()
            row_count = int(row[0]) if row else 0
            outgrown = expected_bytes >= LARGE_TABLE_BYTES and uses_small_blocks(connection, _BASE)
            if row_count == 0 or outgrown or is_worn(connection, _BASE, row_count):
                self._versions.stage_empty(connection, staged, spec, expected_bytes=expected_bytes)
                with monitor.phase(connection, 0.0, 0.0):
                    connection.execute(copy_rows_sql(_BASE_TABLE, STAGED_TABLE))
            else:
                self._versions.stage_clone(connection, staged, base, monitor)
        finally:
            connection.execute(detach_sql(_BASE))
        return row_count == 0

    # --- reading versions

    def export(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, target: Path, monitor: Monitor
    ) -> ExportOutcome:
        # DuckDB writes over an existing file by way of a temporary one beside it.
        writable = [target, target.with_name(f"tmp_{target.name}")]
        with (
            self._reading(base, monitor) as base_path,
            heavy_instance(self._config, monitor, [base_path, *writable]) as connection,
        ):
            connection.execute(attach_sql(base_path, _BASE, ("READ_ONLY",)))
            rows = export_rows(
                connection=connection, table=_BASE_TABLE, spec=spec, order=order, target=target, monitor=monitor
            )
            monitor.check()
            checksum, size = synced_sha256(target)
            return ExportOutcome(rows, size, checksum)

    def preview(self, base: VersionRef, columns: tuple[ColumnSpec, ...], limit: int) -> Preview:
        with self._reading(base) as base_path, self._readers.connection() as connection:
            connection.execute(attach_sql(base_path, _BASE, ("READ_ONLY",)))
            preview = preview_rows(connection=connection, table=_BASE_TABLE, columns=columns, limit=limit)
            connection.execute(detach_sql(_BASE))
            return preview

    def version_path(self, ref: VersionRef) -> Path:
        return self._versions.path(ref)

    @contextmanager
    def _reading(self, ref: VersionRef, monitor: Monitor | None = None) -> Iterator[Path]:
        """The path of a version; errors inside are translated, and VersionGone if the file is why."""
        path = self._versions.path(ref)
        with translated_errors(monitor):
            try:
                yield path
            except (duckdb.IOException, FileNotFoundError) as error:
                if path.exists():
                    raise
                raise VersionGone from error

    # --- locks

    def write_lock(
        self, key: str, timeout_seconds: float | None = None, monitor: Monitor | None = None
    ) -> AbstractContextManager[None]:
        return self.locks.hold(key, timeout_seconds, monitor)

    # --- forgetting versions

    def discard(self, refs: Iterable[VersionRef]) -> None:
        with translated_errors():
            self._versions.discard(refs)

    def find_orphans(self, known: Iterable[SealedVersion], *, verify_checksums: bool = False) -> OrphanReport:
        with translated_errors():
            return find_orphans(self._config, known, verify_checksums=verify_checksums)

    def sweep_staging(self, older_than_seconds: float) -> int:
        with translated_errors():
            return sweep_staging(self._config, older_than_seconds)

    # --- the human-readable tree

    def link_path(self, address: TableAddress) -> Path:
        return self._layout.link_path(address)

    def point_link(self, address: TableAddress, ref: VersionRef) -> None:
        with translated_errors():
            self._links.point(address, self._versions.path(ref))

    def remove_link(self, address: TableAddress) -> None:
        with translated_errors():
            self._links.remove(address)

    def make_project(self, project_id: str, branch_id: str | None = None) -> None:
        with translated_errors():
            self._links.make_project(project_id, branch_id)

    def has_project(self, project_id: str, branch_id: str | None = None) -> bool:
        """Whether the directory of the project, or of one of its branches, exists."""
        return self._links.has_project(project_id, branch_id)

    def make_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        with translated_errors():
            self._links.make_bucket(project_id, bucket, branch_id)

    def remove_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        with translated_errors():
            self._links.remove_bucket(project_id, bucket, branch_id)

    def remove_project(self, project_id: str, branch_id: str | None = None) -> None:
        """Remove one branch's directory, or the project's directory and all its versions.

        The directories of a project's branches cannot be told from those of other projects by their names: the caller
        removes each branch first.
        """
        with translated_errors():
            self._links.remove_project(project_id, branch_id)
            if branch_id is None:
                self._versions.remove_project(project_id)

    def close(self) -> None:
        self._readers.close()

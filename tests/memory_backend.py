"""A second table backend for tests: versions are tables of one in-memory DuckDB, gone with the process.

It shares what versions mean with the file backend (loading, changing, reading are the same functions) and nothing of
where they lie: no version is a file, so whatever above the engine thinks in files fails on it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from storage.engine.alter import alter_rows, check_key, check_values
from storage.engine.comparison import compare_versions
from storage.engine.config import EngineConfig
from storage.engine.deletion import delete_matching, means_every_row, referenced_versions
from storage.engine.durable import synced_sha256
from storage.engine.errors import VersionGone, translated_errors
from storage.engine.exporter import export_rows
from storage.engine.file_detection import detect_file
from storage.engine.import_rows import import_rows
from storage.engine.import_specs import RowImport, RowImportOutcome
from storage.engine.layout import Layout
from storage.engine.links import LinkTree
from storage.engine.loader import load_rows
from storage.engine.locks import LockTable
from storage.engine.monitor import Monitor
from storage.engine.profile import profile_rows
from storage.engine.reader import preview_rows
from storage.engine.registry import Capabilities, register_backend
from storage.engine.row_page import read_page
from storage.engine.shown_rows import look_at_rows
from storage.engine.specs import (
    Alteration,
    ColumnSpec,
    Comparison,
    CsvOptions,
    Deletion,
    DetectedFile,
    ExportOutcome,
    ExportSpec,
    LoadOutcome,
    LoadSpec,
    LookOrder,
    OrphanReport,
    PageOrder,
    Preview,
    RowPage,
    RowSelection,
    SealedVersion,
    ShownRows,
    SlicedOutcome,
    TableAddress,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import attach_sql, copy_rows_sql, create_table_sql, detach_sql, qualified_name
from storage.engine.time_limit import time_limit
from storage.engine.types import normalize_spec
from storage.engine.version_reading import PAGE_SECONDS, PREVIEW_SECONDS, SLICES
from storage.engine.wear import count_rows

CAPABILITIES = Capabilities("memory", links=False, shared_by_processes=False, durable=False)
#: Nobody measures memory: sizes are a guess that grows with the table.
_BYTES_OF_A_TABLE = 4096
_BYTES_OF_A_VALUE = 8


@dataclass(frozen=True)
class _Held:
    """A version; several share the rows of one table."""

    table: str
    spec: TableSpec
    made_at: float


class MemoryBackend:
    """`TableBackend` of one process."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._places = LinkTree(Layout(config))
        self._locks = LockTable(config)
        self._mutex = threading.Lock()
        self._versions: dict[VersionRef, _Held] = {}
        self._files = Path(tempfile.mkdtemp(prefix="kbstore-memory-"))
        self._memory = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "1GB"})
        self._memory.execute("SET GLOBAL TimeZone = 'UTC'")

    def capabilities(self, project_id: str) -> Capabilities:  # noqa: ARG002 - the same for all
        return CAPABILITIES

    # --- building versions

    def normalize(self, spec: TableSpec) -> TableSpec:
        return normalize_spec(spec)

    def create(self, project_id: str, spec: TableSpec) -> SealedVersion:
        with self._staging(Monitor(), spec) as (connection, staged):
            return self._seal(connection, project_id, staged, spec)

    def load(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: LoadSpec, monitor: Monitor
    ) -> LoadOutcome:
        with self._staging(monitor, spec) as (connection, staged):
            source = self._table(base)
            is_empty = not order.incremental or not count_rows(connection, source)
            if not is_empty:
                connection.execute(copy_rows_sql(source, staged))
            counts = load_rows(
                connection=connection,
                table=staged,
                spec=spec,
                order=order,
                monitor=monitor,
                base_is_empty=is_empty,
                scratch_dir=self._files,
            )
            sealed = self._seal(connection, project_id, staged, spec, monitor)
            return LoadOutcome(sealed, counts.imported_rows, tuple(counts.warnings))

    def import_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: RowImport, monitor: Monitor
    ) -> RowImportOutcome:
        with self._staging(monitor, spec) as (connection, staged), tempfile.TemporaryDirectory() as scratch:
            source = self._table(base)
            is_empty = not order.incremental or not count_rows(connection, source)
            if not is_empty:
                connection.execute(copy_rows_sql(source, staged))
            counts = import_rows(
                connection=connection,
                table=staged,
                spec=spec,
                order=order,
                monitor=monitor,
                base_is_empty=is_empty,
                scratch=Path(scratch),
            )
            return RowImportOutcome(self._seal(connection, project_id, staged, spec, monitor), counts)

    def duplicate(self, version: SealedVersion, project_id: str) -> SealedVersion:
        ref = VersionRef(project_id, uuid.uuid4().hex)
        with self._mutex:
            self._versions[ref] = replace(self._held(version.ref), made_at=time.time())
        return replace(version, ref=ref)

    def alter(self, project_id: str, base: VersionRef, alteration: Alteration, monitor: Monitor) -> SealedVersion:
        with self._staging(monitor, alteration.after) as (connection, staged):
            with monitor.phase(connection, 0.0, 0.9):
                check_values(connection, self._table(base), alteration)
                alter_rows(connection, self._table(base), staged, alteration)
                check_key(connection, staged, alteration)
            return self._seal(connection, project_id, staged, alteration.after, monitor)

    def delete_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, where: str | RowSelection, monitor: Monitor
    ) -> Deletion:
        with self._staging(monitor, spec) as (connection, staged):
            source = self._table(base)
            with monitor.phase(connection, 0.0, 0.9):
                if means_every_row(where):
                    deleted = count_rows(connection, source)
                else:
                    connection.execute(copy_rows_sql(source, staged))
                    deleted = delete_matching(
                        connection=connection,
                        table=staged,
                        source=source,
                        spec=spec,
                        where=where,
                        references={one: self._table(one) for one in referenced_versions(where)},
                    )
            if not deleted:
                return Deletion(None, 0)
            return Deletion(self._seal(connection, project_id, staged, spec, monitor), deleted)

    def compact(self, project_id: str, spec: TableSpec, base: VersionRef, monitor: Monitor) -> SealedVersion:
        with self._staging(monitor, spec) as (connection, staged):
            connection.execute(copy_rows_sql(self._table(base), staged))
            return self._seal(connection, project_id, staged, spec, monitor)

    def is_wasteful(self, base: VersionRef) -> bool:
        self._table(base)
        return False

    # --- reading versions

    def profile(
        self, base: VersionRef, spec: TableSpec, mode: str, monitor: Monitor, sample: int | None = None
    ) -> dict[str, Any]:
        with self._reading(base, monitor) as (connection, table):
            return profile_rows(
                connection=connection, table=table, spec=spec, mode=mode, monitor=monitor, sample=sample
            )

    def export(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, target: Path, monitor: Monitor
    ) -> ExportOutcome:
        with self._reading(base, monitor) as (connection, table):
            rows = export_rows(
                connection=connection, table=table, spec=spec, order=order, target=target, monitor=monitor
            )
            monitor.check()
            checksum, size = synced_sha256(target)
            return ExportOutcome(rows, size, checksum)

    def export_slices(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, directory: Path, slice_bytes: int, monitor: Monitor
    ) -> SlicedOutcome:
        with self._reading(base, monitor) as (connection, table):
            rows = export_rows(
                connection=connection,
                table=table,
                spec=spec,
                order=order,
                target=directory / SLICES,
                monitor=monitor,
                slice_bytes=slice_bytes,
            )
        files = sorted((directory / SLICES).iterdir(), key=lambda path: int(re.sub(r"\D", "", path.name)))
        return SlicedOutcome(rows, tuple(files))

    def preview(self, base: VersionRef, columns: tuple[ColumnSpec, ...], limit: int) -> Preview:
        monitor = Monitor()
        with (
            self._reading(base, monitor) as (connection, table),
            time_limit(monitor, PREVIEW_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            return preview_rows(connection=connection, table=table, columns=columns, limit=limit, monitor=monitor)

    def read_page(self, base: VersionRef, spec: TableSpec, order: PageOrder) -> RowPage:
        monitor = Monitor()
        with (
            self._reading(base, monitor) as (connection, table),
            time_limit(monitor, PAGE_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            return read_page(connection=connection, table=table, spec=spec, order=order, monitor=monitor)

    def look_at_rows(self, base: VersionRef, spec: TableSpec, order: LookOrder, monitor: Monitor) -> ShownRows:
        with (
            self._reading(base, monitor) as (connection, table),
            time_limit(monitor, PREVIEW_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            return look_at_rows(connection=connection, table=table, spec=spec, order=order, monitor=monitor)

    def compare(
        self, older: VersionRef, newer: VersionRef, older_spec: TableSpec, newer_spec: TableSpec, monitor: Monitor
    ) -> Comparison:
        with self._session(monitor) as connection:
            return compare_versions(
                connection=connection,
                older=self._table(older),
                newer=self._table(newer),
                older_spec=older_spec,
                newer_spec=newer_spec,
                monitor=monitor,
            )

    def detect(self, path: Path, *, options: CsvOptions | None, rows: int) -> DetectedFile:
        with translated_errors():
            return detect_file(self._config, path, options=options, rows=rows)

    @contextmanager
    def local_file(self, ref: VersionRef) -> Iterator[Path]:
        """A file made for the purpose; it stays until the version goes."""
        path = self._files / f"{ref.version_id}.duckdb"
        spec = self._held(ref).spec
        with self._mutex, self._reading(ref) as (connection, table):
            if not path.exists():
                alias = f"file_{ref.version_id}"
                connection.execute(attach_sql(path, alias))
                connection.execute(create_table_sql(spec, qualified_name(alias)))
                connection.execute(copy_rows_sql(table, qualified_name(alias)))
                connection.execute(detach_sql(alias))
        yield path

    def has_version(self, ref: VersionRef) -> bool:
        return ref in self._versions

    def describe_place(self, ref: VersionRef) -> str:
        return f"in memory: {ref.version_id}"

    # --- locks

    def write_lock(
        self, key: str, timeout_seconds: float | None = None, monitor: Monitor | None = None
    ) -> AbstractContextManager[None]:
        return self._locks.hold(key, timeout_seconds, monitor)

    # --- forgetting versions

    def discard(self, refs: Iterable[VersionRef]) -> None:
        wanted = list(refs)
        with self._mutex:
            gone = [held.table for ref in wanted if (held := self._versions.pop(ref, None))]
            still_used = {held.table for held in self._versions.values()}
            for ref in wanted:
                (self._files / f"{ref.version_id}.duckdb").unlink(missing_ok=True)
        with self._session() as connection:
            for table in {*gone} - still_used:
                connection.execute(f"DROP SCHEMA IF EXISTS {_schema_of(table)} CASCADE")

    def find_orphans(self, known: Iterable[SealedVersion], *, verify_checksums: bool = False) -> OrphanReport:  # noqa: ARG002
        with self._mutex:
            unknown = dict(self._versions)
        missing = [version.ref for version in known if unknown.pop(version.ref, None) is None]
        found = tuple((ref, held.made_at) for ref, held in unknown.items())
        return OrphanReport(missing=tuple(missing), orphan_versions=found)

    def sweep_staging(self, older_than_seconds: float) -> int:  # noqa: ARG002 - it has none
        return 0

    # --- projects and buckets; there is nothing for people to look at

    def link_path(self, address: TableAddress) -> None:
        return None

    def point_link(self, address: TableAddress, ref: VersionRef) -> None:
        pass

    def is_linked(self, address: TableAddress, ref: VersionRef) -> bool:  # noqa: ARG002
        return ref in self._versions

    def remove_link(self, address: TableAddress) -> None:
        pass

    def make_project(self, project_id: str, branch_id: str | None = None) -> None:
        with translated_errors():
            self._places.make_project(project_id, branch_id)

    def has_project(self, project_id: str, branch_id: str | None = None) -> bool:
        return self._places.has_project(project_id, branch_id)

    def make_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        pass

    def has_bucket(self, project_id: str, bucket: str) -> bool:  # noqa: ARG002 - a name of the catalog is enough
        return True

    def remove_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        pass

    def remove_project(self, project_id: str, branch_id: str | None = None) -> None:
        with translated_errors():
            self._places.remove_project(project_id, branch_id)
        if branch_id is None:
            self.discard([ref for ref in list(self._versions) if ref.project_id == project_id])

    def close(self) -> None:
        self._memory.close()
        shutil.rmtree(self._files, ignore_errors=True)

    # --- tables

    @contextmanager
    def _session(self, monitor: Monitor | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with translated_errors(monitor):
            connection = self._memory.cursor()
            try:
                connection.execute("SET enable_progress_bar = true")
                connection.execute("SET enable_progress_bar_print = false")
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _reading(
        self, ref: VersionRef, monitor: Monitor | None = None
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """A connection and the table of a version; VersionGone if that is why the block fails."""
        with self._session(monitor) as connection:
            try:
                yield connection, self._table(ref)
            except duckdb.CatalogException as error:
                if self.has_version(ref):
                    raise
                raise VersionGone from error

    @contextmanager
    def _staging(self, monitor: Monitor, spec: TableSpec) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """An empty table that is dropped at the end unless it was sealed."""
        # A schema for each: conditions may call the table by its name, which is `data` everywhere.
        staged = qualified_name("memory", f"v_{uuid.uuid4().hex}")
        with self._session(monitor) as connection:
            connection.execute(f"CREATE SCHEMA {_schema_of(staged)}")
            connection.execute(create_table_sql(spec, staged))
            try:
                yield connection, staged
            finally:
                with self._mutex:
                    is_sealed = any(held.table == staged for held in self._versions.values())
                if not is_sealed:
                    with self._session() as another:
                        another.execute(f"DROP SCHEMA IF EXISTS {_schema_of(staged)} CASCADE")

    def _seal(
        self,
        connection: duckdb.DuckDBPyConnection,
        project_id: str,
        staged: str,
        spec: TableSpec,
        monitor: Monitor | None = None,
    ) -> SealedVersion:
        if monitor is not None:
            monitor.check()
        row_count = count_rows(connection, staged)
        ref = VersionRef(project_id, uuid.uuid4().hex)
        with self._mutex:
            self._versions[ref] = _Held(staged, spec, time.time())
        size = _BYTES_OF_A_TABLE + row_count * len(spec.columns) * _BYTES_OF_A_VALUE
        return SealedVersion(ref, spec, row_count, size, checksum=ref.version_id)

    def _held(self, ref: VersionRef) -> _Held:
        try:
            return self._versions[ref]
        except KeyError:
            raise VersionGone from None

    def _table(self, ref: VersionRef) -> str:
        return self._held(ref).table


def _schema_of(table: str) -> str:
    return table.rpartition(".")[0]


def register() -> None:
    register_backend(MemoryBackend, CAPABILITIES)

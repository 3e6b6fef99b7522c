"""Every way to read a version: preview, export, profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from storage.engine.comparison import compare_versions
from storage.engine.connection import heavy_instance
from storage.engine.durable import synced_sha256
from storage.engine.errors import translated_errors
from storage.engine.exporter import export_rows
from storage.engine.monitor import Monitor
from storage.engine.profile import profile_rows
from storage.engine.reader import preview_rows
from storage.engine.row_page import read_page
from storage.engine.shown_rows import look_at_rows
from storage.engine.specs import (
    ColumnSpec,
    Comparison,
    ExportOutcome,
    ExportSpec,
    LookOrder,
    PageOrder,
    Preview,
    RowPage,
    ShownRows,
    SlicedOutcome,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import attach_sql, detach_sql, qualified_name
from storage.engine.time_limit import time_limit
from storage.engine.version_access import BASE, BASE_TABLE, VersionAccess

#: No first page takes longer, unless its values are monstrous.
PREVIEW_SECONDS = 30.0
#: People who look through rows are told to ask for less sooner.
PAGE_SECONDS = 10.0
#: The alias of the version that another one is compared with.
OLDER = "older_version"
#: The directory of an export in slices, within that of the caller.
SLICES = "slices"


class VersionReading(VersionAccess):
    """Reads versions; nobody waits for it and it waits for nobody."""

    def export(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, target: Path, monitor: Monitor
    ) -> ExportOutcome:
        # DuckDB writes over an existing file by way of a temporary one beside it.
        writable = [target, target.with_name(f"tmp_{target.name}")]
        with (
            self._reading(base, monitor) as base_path,
            heavy_instance(self._config, monitor, [base_path, *writable]) as connection,
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            rows = export_rows(
                connection=connection, table=BASE_TABLE, spec=spec, order=order, target=target, monitor=monitor
            )
            monitor.check()
            checksum, size = synced_sha256(target)
            return ExportOutcome(rows, size, checksum)

    def export_slices(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, directory: Path, slice_bytes: int, monitor: Monitor
    ) -> SlicedOutcome:
        # Several threads write files of their own, whatever the order of the rows.
        config = replace(self._config, threads=1) if order.is_sorted else self._config
        with (
            self._reading(base, monitor) as base_path,
            heavy_instance(config, monitor, [base_path, directory]) as connection,
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            rows = export_rows(
                connection=connection,
                table=BASE_TABLE,
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
            self._reading(base, monitor) as base_path,
            self._readers.connection() as connection,
            time_limit(monitor, PREVIEW_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            preview = preview_rows(
                connection=connection, table=BASE_TABLE, columns=columns, limit=limit, monitor=monitor
            )
            connection.execute(detach_sql(BASE))
            return preview

    def read_page(self, base: VersionRef, spec: TableSpec, order: PageOrder) -> RowPage:
        monitor = Monitor()
        with (
            self._reading(base, monitor) as base_path,
            self._readers.connection() as connection,
            time_limit(monitor, PAGE_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            page = read_page(connection=connection, table=BASE_TABLE, spec=spec, order=order, monitor=monitor)
            connection.execute(detach_sql(BASE))
            return page

    def look_at_rows(self, base: VersionRef, spec: TableSpec, order: LookOrder, monitor: Monitor) -> ShownRows:
        with (
            self._reading(base, monitor) as base_path,
            self._readers.connection() as connection,
            time_limit(monitor, PREVIEW_SECONDS),
            monitor.phase(connection, 0.0, 1.0),
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            rows = look_at_rows(connection=connection, table=BASE_TABLE, spec=spec, order=order, monitor=monitor)
            connection.execute(detach_sql(BASE))
            return rows

    def profile(
        self, base: VersionRef, spec: TableSpec, mode: str, monitor: Monitor, sample: int | None = None
    ) -> dict[str, Any]:
        with (
            self._reading(base, monitor) as base_path,
            heavy_instance(self._config, monitor, [base_path]) as connection,
        ):
            connection.execute(attach_sql(base_path, BASE, ("READ_ONLY",)))
            return profile_rows(
                connection=connection, table=BASE_TABLE, spec=spec, mode=mode, monitor=monitor, sample=sample
            )

    def compare(
        self, older: VersionRef, newer: VersionRef, older_spec: TableSpec, newer_spec: TableSpec, monitor: Monitor
    ) -> Comparison:
        paths = [self._versions.path(ref) for ref in (older, newer)]
        with translated_errors(monitor), heavy_instance(self._config, monitor, paths) as connection:
            for ref, alias in ((older, OLDER), (newer, BASE)):
                # Each in its own block: it says whose file has gone.
                with self._reading(ref, monitor) as path:
                    connection.execute(attach_sql(path, alias, ("READ_ONLY",)))
            return compare_versions(
                connection=connection,
                older=qualified_name(OLDER),
                newer=BASE_TABLE,
                older_spec=older_spec,
                newer_spec=newer_spec,
                monitor=monitor,
            )

    def version_path(self, ref: VersionRef) -> Path:
        return self._versions.path(ref)

    @contextmanager
    def local_file(self, ref: VersionRef) -> Iterator[Path]:
        yield self._versions.path(ref)

    def has_version(self, ref: VersionRef) -> bool:
        return self._versions.path(ref).exists()

    def describe_place(self, ref: VersionRef) -> str:
        return str(self._versions.path(ref))

"""The table backend that services see: it hands each call to the backend of the project that the call is about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from storage.engine.backend import TableBackend
from storage.engine.config import EngineConfig
from storage.engine.deletion import referenced_versions
from storage.engine.import_specs import RowImport, RowImportOutcome
from storage.engine.locks import LockTable
from storage.engine.monitor import Monitor
from storage.engine.registry import (
    FILE,
    BackendMissing,
    Capabilities,
    DifferentBackends,
    UnknownBackend,
    backend_names,
    find_backend,
)
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

#: The name of a project's backend; None for a project that is not there (any more).
BackendOf = Callable[[str], str | None]


class BackendRouter:
    """`TableBackend` over all registered ones, each built when it is first needed.

    Locks are common to all backends. What belongs to no project is the file backend's: types are DuckDB's everywhere,
    and files to look into are local.
    """

    def __init__(self, config: EngineConfig, backend_of: BackendOf) -> None:
        self._config = config
        self._backend_of = backend_of
        self._mutex = threading.Lock()
        self._built: dict[str, TableBackend] = {}
        self.locks = LockTable(config)

    def of(self, project_id: str) -> TableBackend:
        """The backend of a project. Raises BackendMissing if it is not registered here."""
        try:
            return self._named(self._backend_of(project_id) or FILE)
        except UnknownBackend as error:
            raise BackendMissing from error

    def _named(self, name: str) -> TableBackend:
        built = self._built.get(name)
        if built is not None:
            return built
        factory = find_backend(name).factory
        with self._mutex:
            if name not in self._built:
                self._built[name] = factory(self._config)
            return self._built[name]

    def declared(self, name: str) -> Capabilities:
        """What the backend of this name can do, whether a project uses it or not. Raises UnknownBackend."""
        return find_backend(name).capabilities

    def _all(self) -> list[TableBackend]:
        return [self._named(name) for name in backend_names()]

    def capabilities(self, project_id: str) -> Capabilities:
        return self.of(project_id).capabilities(project_id)

    # --- building versions

    def normalize(self, spec: TableSpec) -> TableSpec:
        return self._named(FILE).normalize(spec)

    def create(self, project_id: str, spec: TableSpec) -> SealedVersion:
        return self.of(project_id).create(project_id, spec)

    def load(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: LoadSpec, monitor: Monitor
    ) -> LoadOutcome:
        return self._common(project_id, base).load(project_id, spec, base, order, monitor)

    def import_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: RowImport, monitor: Monitor
    ) -> RowImportOutcome:
        return self._common(project_id, base).import_rows(project_id, spec, base, order, monitor)

    def duplicate(self, version: SealedVersion, project_id: str) -> SealedVersion:
        return self._common(project_id, version.ref).duplicate(version, project_id)

    def alter(self, project_id: str, base: VersionRef, alteration: Alteration, monitor: Monitor) -> SealedVersion:
        return self._common(project_id, base).alter(project_id, base, alteration, monitor)

    def delete_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, where: str | RowSelection, monitor: Monitor
    ) -> Deletion:
        backend = self._common(project_id, base, *referenced_versions(where))
        return backend.delete_rows(project_id, spec, base, where, monitor)

    def compact(self, project_id: str, spec: TableSpec, base: VersionRef, monitor: Monitor) -> SealedVersion:
        return self._common(project_id, base).compact(project_id, spec, base, monitor)

    def is_wasteful(self, base: VersionRef) -> bool:
        return self.of(base.project_id).is_wasteful(base)

    def _common(self, project_id: str, *refs: VersionRef) -> TableBackend:
        """The backend of a project and of these versions. Raises DifferentBackends."""
        backend = self.of(project_id)
        if any(ref.project_id != project_id and self.of(ref.project_id) is not backend for ref in refs):
            raise DifferentBackends
        return backend

    # --- reading versions

    def profile(
        self, base: VersionRef, spec: TableSpec, mode: str, monitor: Monitor, sample: int | None = None
    ) -> dict[str, Any]:
        return self.of(base.project_id).profile(base, spec, mode, monitor, sample)

    def export(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, target: Path, monitor: Monitor
    ) -> ExportOutcome:
        return self.of(base.project_id).export(base, spec, order, target, monitor)

    def export_slices(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, directory: Path, slice_bytes: int, monitor: Monitor
    ) -> SlicedOutcome:
        return self.of(base.project_id).export_slices(base, spec, order, directory, slice_bytes, monitor)

    def preview(self, base: VersionRef, columns: tuple[ColumnSpec, ...], limit: int) -> Preview:
        return self.of(base.project_id).preview(base, columns, limit)

    def read_page(self, base: VersionRef, spec: TableSpec, order: PageOrder) -> RowPage:
        return self.of(base.project_id).read_page(base, spec, order)

    def look_at_rows(self, base: VersionRef, spec: TableSpec, order: LookOrder, monitor: Monitor) -> ShownRows:
        return self.of(base.project_id).look_at_rows(base, spec, order, monitor)

    def compare(
        self, older: VersionRef, newer: VersionRef, older_spec: TableSpec, newer_spec: TableSpec, monitor: Monitor
    ) -> Comparison:
        return self._common(newer.project_id, older).compare(older, newer, older_spec, newer_spec, monitor)

    def detect(self, path: Path, *, options: CsvOptions | None, rows: int) -> DetectedFile:
        return self._named(FILE).detect(path, options=options, rows=rows)

    def local_file(self, ref: VersionRef) -> AbstractContextManager[Path]:
        return self.of(ref.project_id).local_file(ref)

    def has_version(self, ref: VersionRef) -> bool:
        return self.of(ref.project_id).has_version(ref)

    def describe_place(self, ref: VersionRef) -> str:
        return self.of(ref.project_id).describe_place(ref)

    # --- locks

    def write_lock(
        self, key: str, timeout_seconds: float | None = None, monitor: Monitor | None = None
    ) -> AbstractContextManager[None]:
        return self.locks.hold(key, timeout_seconds, monitor)

    # --- forgetting versions

    def discard(self, refs: Iterable[VersionRef]) -> None:
        wanted = list(refs)
        for project_id in dict.fromkeys(ref.project_id for ref in wanted):
            self.of(project_id).discard([ref for ref in wanted if ref.project_id == project_id])

    def find_orphans(self, known: Iterable[SealedVersion], *, verify_checksums: bool = False) -> OrphanReport:
        backends = self._all()
        if len(backends) == 1:
            return backends[0].find_orphans(known, verify_checksums=verify_checksums)
        reports = [it.find_orphans(_Of(self, it, known), verify_checksums=verify_checksums) for it in backends]
        return OrphanReport(
            orphan_files=tuple(path for report in reports for path in report.orphan_files),
            orphan_versions=tuple(found for report in reports for found in report.orphan_versions),
            missing=tuple(ref for report in reports for ref in report.missing),
            damaged=tuple(ref for report in reports for ref in report.damaged),
        )

    def sweep_staging(self, older_than_seconds: float) -> int:
        return sum(backend.sweep_staging(older_than_seconds) for backend in self._all())

    # --- projects, branches, buckets and what people see of them

    def link_path(self, address: TableAddress) -> Path | None:
        return self.of(address.project_id).link_path(address)

    def point_link(self, address: TableAddress, ref: VersionRef) -> None:
        self.of(address.project_id).point_link(address, ref)

    def is_linked(self, address: TableAddress, ref: VersionRef) -> bool:
        return self.of(address.project_id).is_linked(address, ref)

    def remove_link(self, address: TableAddress) -> None:
        self.of(address.project_id).remove_link(address)

    def make_project(self, project_id: str, branch_id: str | None = None) -> None:
        self.of(project_id).make_project(project_id, branch_id)

    def has_project(self, project_id: str, branch_id: str | None = None) -> bool:
        return self.of(project_id).has_project(project_id, branch_id)

    def make_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        self.of(project_id).make_bucket(project_id, bucket, branch_id)

    def has_bucket(self, project_id: str, bucket: str) -> bool:
        return self.of(project_id).has_bucket(project_id, bucket)

    def remove_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        self.of(project_id).remove_bucket(project_id, bucket, branch_id)

    def remove_project(self, project_id: str, branch_id: str | None = None) -> None:
        self.of(project_id).remove_project(project_id, branch_id)

    def close(self) -> None:
        with self._mutex:
            for backend in self._built.values():
                backend.close()


class _Of:
    """The versions of one backend among all; read anew each time, so that none is held in memory."""

    def __init__(self, router: BackendRouter, backend: TableBackend, known: Iterable[SealedVersion]) -> None:
        self._router, self._backend, self._known = router, backend, known

    def __iter__(self) -> Iterator[SealedVersion]:
        return (version for version in self._known if self._router.of(version.ref.project_id) is self._backend)

"""The table backend of one machine: one immutable DuckDB file per table version on a local disk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from storage.engine.config import EngineConfig
from storage.engine.errors import translated_errors
from storage.engine.file_detection import detect_file
from storage.engine.links import LinkTree
from storage.engine.locks import LockTable
from storage.engine.monitor import Monitor
from storage.engine.orphans import find_orphans, sweep_staging
from storage.engine.registry import FILE, Capabilities
from storage.engine.specs import CsvOptions, DetectedFile, OrphanReport, SealedVersion, TableAddress, VersionRef
from storage.engine.version_building import VersionBuilding
from storage.engine.version_reading import VersionReading

CAPABILITIES = Capabilities(FILE)


class FileBackend(VersionBuilding, VersionReading):
    """`TableBackend` on local files; thread-safe, and any number of processes may share one data directory."""

    def __init__(self, config: EngineConfig) -> None:
        super().__init__(config)
        self._links = LinkTree(self._layout)
        self.locks = LockTable(config)

    def capabilities(self, project_id: str) -> Capabilities:  # noqa: ARG002 - the same for all
        return CAPABILITIES

    # --- files that are no versions

    def detect(self, path: Path, *, options: CsvOptions | None, rows: int) -> DetectedFile:
        with translated_errors():
            return detect_file(self._config, path, options=options, rows=rows)

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

    def is_linked(self, address: TableAddress, ref: VersionRef) -> bool:
        return self._links.leads_to(address, self._versions.path(ref))

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

    def has_bucket(self, project_id: str, bucket: str) -> bool:
        return self._links.has_bucket(project_id, bucket)

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

"""The interface of a table backend: the only thing that services know of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from storage.engine.import_specs import RowImport, RowImportOutcome
from storage.engine.monitor import Monitor
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

if TYPE_CHECKING:
    from storage.engine.registry import Capabilities


class TableBackend(Protocol):
    """Builds, reads and forgets immutable table versions.

    No method changes a version that exists. A method that returns a `SealedVersion` has put a complete file in place
    that nobody refers to yet; the caller commits a catalog row for it or calls `discard`.
    """

    def capabilities(self, project_id: str) -> Capabilities:
        """What may be asked of the tables of a project."""

    def normalize(self, spec: TableSpec) -> TableSpec:
        """The same table with types in DuckDB's canonical spelling, key columns NOT NULL, defaults checked.

        Raises InvalidColumn (kind INVALID) for an unknown type, a default that is not a constant, a name taken twice.
        """

    def create(self, project_id: str, spec: TableSpec) -> SealedVersion:
        """An empty version of this shape."""

    def load(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: LoadSpec, monitor: Monitor
    ) -> LoadOutcome:
        """The version that follows `base` after the load. Raises ImportFailed or DuplicateKey; `base` never changes."""

    def import_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, order: RowImport, monitor: Monitor
    ) -> RowImportOutcome:
        """The version that follows `base` after an import under the rules of the storage driver.

        Raises ImportFailed, DuplicateKey, ImportRefused, InvalidCsvOptions, FilterRefused; `base` never changes.
        """

    def duplicate(self, version: SealedVersion, project_id: str) -> SealedVersion:
        """The same content as a version of its own, perhaps of another project: instant and without space."""

    def alter(self, project_id: str, base: VersionRef, alteration: Alteration, monitor: Monitor) -> SealedVersion:
        """The version that follows `base` in its new shape.

        Raises DoesNotFit (kind CONFLICT) if the values do not convert or hold NULL where they must not, and
        PrimaryKeyViolation if a new key, or a key of a new type, holds NULL or is not unique.
        """

    def delete_rows(
        self, project_id: str, spec: TableSpec, base: VersionRef, where: str | RowSelection, monitor: Monitor
    ) -> Deletion:
        """The version that follows `base` without the rows that match a condition, or that a selection means.

        Order and limit of a selection count for nothing, one without conditions means all rows. Raises
        InvalidWhereClause or FilterRefused if the condition is not allowed, or cannot be bound or evaluated.
        """

    def compact(self, project_id: str, spec: TableSpec, base: VersionRef, monitor: Monitor) -> SealedVersion:
        """The same rows in the same order, written anew without the space of deleted ones."""

    def is_wasteful(self, base: VersionRef) -> bool:
        """Whether much of a version's file is deleted rows or free blocks, so that `compact` is worth its time."""

    def profile(
        self, base: VersionRef, spec: TableSpec, mode: str, monitor: Monitor, sample: int | None = None
    ) -> dict[str, Any]:
        """Statistics of every column as the contract's profile has them; of `sample` rows only, if given."""

    def export(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, target: Path, monitor: Monitor
    ) -> ExportOutcome:
        """Write rows of a version to the local file `target`, which is complete and synced on return.

        Raises InvalidWhereClause, InvalidColumns.
        """

    def export_slices(
        self, base: VersionRef, spec: TableSpec, order: ExportSpec, directory: Path, slice_bytes: int, monitor: Monitor
    ) -> SlicedOutcome:
        """Write rows of a version to files of about `slice_bytes` each, at least one, in an empty local directory.

        Rows are in no order, within and between the files, unless `order.order_by` asks for one. The files are not
        synced. Raises InvalidWhereClause, InvalidColumns.
        """

    def preview(self, base: VersionRef, columns: tuple[ColumnSpec, ...], limit: int) -> Preview:
        """The first `limit` rows, read by a pooled read-only instance that reads no more than it shows."""

    def read_page(self, base: VersionRef, spec: TableSpec, order: PageOrder) -> RowPage:
        """Rows of any page, filtered and sorted, read by a pooled instance within a few seconds.

        Raises InvalidFilter, InvalidWhereClause, InvalidColumns, OperationTimeout.
        """

    def look_at_rows(self, base: VersionRef, spec: TableSpec, order: LookOrder, monitor: Monitor) -> ShownRows:
        """A few rows of a selection without references, read by a pooled instance within half a minute.

        Raises FilterRefused, InvalidColumns, InvalidLimit, OperationTimeout.
        """

    def compare(
        self, older: VersionRef, newer: VersionRef, older_spec: TableSpec, newer_spec: TableSpec, monitor: Monitor
    ) -> Comparison:
        """What changed from one version to another, by the newer one's key where both have its columns."""

    def detect(self, path: Path, *, options: CsvOptions | None, rows: int) -> DetectedFile:
        """What the beginning of a local CSV or Parquet file shows, with its first `rows`.

        `options` are the dialect to read it in, None to find it out. Raises ImportFailed, InvalidCsvOptions.
        """

    def local_file(self, ref: VersionRef) -> AbstractContextManager[Path]:
        """A local DuckDB file of a version for as long as the block lasts: `main.data`, to open READ_ONLY or to link.

        The same path for the same version. What has it open when the block ends goes on reading. Raises VersionGone,
        or leaves that to whoever opens the file.
        """

    def has_version(self, ref: VersionRef) -> bool:
        """Whether the data of a version is there."""

    def describe_place(self, ref: VersionRef) -> str:
        """Where a version lies, in words for operators of this host."""

    def write_lock(
        self, key: str, timeout_seconds: float | None = None, monitor: Monitor | None = None
    ) -> AbstractContextManager[None]:
        """Hold the named write lock; it works across processes and dies with its holder.

        Raises Locked, or the reason of a monitor that is cancelled during the wait.
        """

    def discard(self, refs: Iterable[VersionRef]) -> None:
        """Remove versions that nothing refers to. Missing ones are no error."""

    def point_link(self, address: TableAddress, ref: VersionRef) -> None:
        """Make the human-readable link of a table point at a version (atomic), where the backend has links."""

    def link_path(self, address: TableAddress) -> Path | None:
        """Where the human-readable link of a table lies, whether it exists or not; None if the backend has no links."""

    def is_linked(self, address: TableAddress, ref: VersionRef) -> bool:
        """Whether the link of a table leads to this version and the version is there; true without links."""

    def remove_link(self, address: TableAddress) -> None: ...

    def make_project(self, project_id: str, branch_id: str | None = None) -> None:
        """Make room for a project, or for one of its branches.

        Whatever the backend, the project has a local directory afterwards: its workspaces lie there.
        """

    def make_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None: ...

    def has_bucket(self, project_id: str, bucket: str) -> bool: ...

    def remove_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None: ...

    def has_project(self, project_id: str, branch_id: str | None = None) -> bool:
        """Whether the directory of the project, or of one of its branches, exists."""

    def remove_project(self, project_id: str, branch_id: str | None = None) -> None:
        """Remove one branch's directory, or the project's directory and all its versions.

        The caller removes each branch of a project first: by name they cannot be told from other projects.
        """

    def find_orphans(self, known: Iterable[SealedVersion], *, verify_checksums: bool = False) -> OrphanReport:
        """Compare what is stored with the versions that the catalog knows.

        `known` is read after listing what is stored, once by each backend in use: give it something to read again.
        """

    def sweep_staging(self, older_than_seconds: float) -> int:
        """Remove staging leftovers whose owner is gone; returns how many."""

    def close(self) -> None:
        """Close pooled instances; safe to call twice."""

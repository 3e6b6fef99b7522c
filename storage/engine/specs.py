"""The values that services hand to the engine and get back: plain, frozen, free of Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from storage.engine.row_specs import ColumnFilter as ColumnFilter
from storage.engine.row_specs import LookOrder as LookOrder
from storage.engine.row_specs import PageOrder as PageOrder
from storage.engine.row_specs import ReferenceFilter as ReferenceFilter
from storage.engine.row_specs import RowFilter as RowFilter
from storage.engine.row_specs import RowPage as RowPage
from storage.engine.row_specs import RowSelection as RowSelection
from storage.engine.row_specs import ShownRows as ShownRows
from storage.engine.row_specs import SortKey as SortKey
from storage.engine.row_specs import ViewShape as ViewShape

DedupMode = Literal["update_duplicates", "insert_duplicates", "fail_on_duplicates"]
FileFormat = Literal["csv", "parquet"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column: `type` in DuckDB's canonical spelling, `default` an SQL expression as text or None.

    `length` is the most characters of a VARCHAR whose length is enforced; None: any.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    length: int | None = None

    def to_json(self) -> dict[str, Any]:
        value = {"name": self.name, "type": self.type, "nullable": self.nullable, "default": self.default}
        return value if self.length is None else value | {"length": self.length}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ColumnSpec:
        return cls(value["name"], value["type"], value["nullable"], value.get("default"), value.get("length"))


@dataclass(frozen=True)
class TableSpec:
    """The shape of a table. Primary key columns are always NOT NULL in `columns`."""

    columns: tuple[ColumnSpec, ...]
    primary_key: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class VersionRef:
    """Names one immutable table version. Both parts are ids, never user text from a request path."""

    project_id: str
    version_id: str


@dataclass(frozen=True)
class TableAddress:
    """Where the human-readable link of a table lies; `branch_id` is None for the default branch."""

    project_id: str
    branch_id: str | None
    bucket: str
    table: str


@dataclass(frozen=True)
class SealedVersion:
    """A version whose file is complete, synced and in place, and which no catalog row names yet.

    `checksum` is the BLAKE3 of the file as 64 hex digits.
    """

    ref: VersionRef
    spec: TableSpec
    row_count: int
    size_bytes: int
    checksum: str


@dataclass(frozen=True)
class CsvOptions:
    """An explicit CSV dialect; the defaults are those of the contract when `csv_options` is present."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = "\\"
    header: bool = True
    null_string: str = ""
    quoted_null: bool = False


@dataclass(frozen=True)
class DetectedColumn:
    """A column of a file: its name made usable for a table, as `header` the file spells it, and a type for its values.

    `is_unique` and `is_filled` say of the rows that were looked at: no value twice, none empty.
    """

    name: str
    type: str
    header: str = ""
    is_unique: bool = False
    is_filled: bool = False


@dataclass(frozen=True)
class DetectedFile:
    """What the beginning of a file shows: nothing of it is certain for its rest.

    `rows` are the first ones as text, None for NULL. `row_count` is None where even a guess is not possible, and a
    guess unless `is_counted`.
    """

    format: FileFormat
    columns: tuple[DetectedColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    csv: CsvOptions | None = None
    row_count: int | None = None
    is_counted: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadSpec:
    """What to load: a local file, its format and how its rows meet those already there.

    With `slices` it is all of these files, in order, and `path` is the directory that holds them and nothing else; of
    CSV each has a header if any has. `csv` None means: detect the dialect, a header is assumed. `columns` None means:
    the file supplies all columns of the table in order. `compressed` comes from the first bytes of the file, not from
    its name.
    """

    path: Path
    format: FileFormat = "csv"
    csv: CsvOptions | None = None
    incremental: bool = False
    dedup_mode: str = "update_duplicates"
    columns: tuple[str, ...] | None = None
    slices: tuple[Path, ...] | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,) if self.slices is None else self.slices

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files)


@dataclass(frozen=True)
class LoadOutcome:
    """What a load did: the sealed next version, the `imported_rows` of the contract, and warnings for the user."""

    sealed: SealedVersion
    imported_rows: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alteration:
    """A table's next shape: `sources` names for each column of `after` the column of `before` that fills it.

    None stands for a new column, which takes its default or NULL; a default such as uuid() gives each row its own.
    """

    before: TableSpec
    after: TableSpec
    sources: tuple[str | None, ...]


@dataclass(frozen=True)
class Deletion:
    """What a deletion of rows left behind, sealed, and how many rows went; None if no row did."""

    sealed: SealedVersion | None
    deleted_rows: int


@dataclass(frozen=True)
class ExportSpec:
    """What to write and how. `compression` None: none for CSV, snappy for Parquet. `limit` None or 0: no limit.

    A `selection` stands for `where`, `order_by` and `limit`, a `view` for the table. With `quotes_texts` CSV has every
    text in quotes, and moments in UTC with all six digits of the second's fraction or none.
    """

    format: FileFormat = "csv"
    compression: str | None = None
    columns: tuple[str, ...] | None = None
    where: str | None = None
    limit: int | None = None
    order_by: tuple[str, ...] | None = None
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    null_string: str = ""
    selection: RowSelection | None = None
    quotes_texts: bool = False
    #: Never kept with a job: what a view shows is found out when the work begins.
    view: ViewShape | None = None

    @property
    def is_sorted(self) -> bool:
        return bool(self.order_by or (self.selection and self.selection.sort))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ExportSpec:
        """From the fields as JSON holds them: lists for tuples; empty ones mean all columns, no order."""
        lists = {name: tuple(value[name]) if value[name] else None for name in ("columns", "order_by")}
        selection = value.get("selection") and RowSelection.from_json(value["selection"])
        return cls(**(value | lists | {"selection": selection}))


@dataclass(frozen=True)
class ExportOutcome:
    row_count: int
    size_bytes: int
    checksum_sha256: str


@dataclass(frozen=True)
class SlicedOutcome:
    """The files that were written, in the order of their rows where one was asked for."""

    row_count: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Preview:
    """Rows as the text of one JSON array of objects, encoded as the contract's preview wants, plus their number.

    `truncated` says that long values were cut, or rows left out, to keep the answer below its limit.
    """

    rows_json: bytes
    row_count: int
    truncated: bool = False


@dataclass(frozen=True)
class OrphanReport:
    """What no catalog row names, and version rows whose data is missing or damaged.

    `orphan_versions` are of backends that keep versions in no files of their own: each with the time that it was made.
    """

    orphan_files: tuple[Path, ...] = ()
    missing: tuple[VersionRef, ...] = ()
    damaged: tuple[VersionRef, ...] = ()
    orphan_versions: tuple[tuple[VersionRef, float], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to another.

    With a `key` rows are the same row where it is equal; without one only whole rows can be compared, and a changed
    row is one that was removed and one that was added. `changed_columns` says in how many of the changed rows each
    column differs. Examples are rows as previews have them; of a changed row both states.
    """

    key: tuple[str, ...]
    added: int
    removed: int
    changed: int
    unchanged: int
    changed_columns: dict[str, int]
    added_examples: list[dict[str, Any]]
    removed_examples: list[dict[str, Any]]
    changed_examples: list[tuple[dict[str, Any], dict[str, Any]]]

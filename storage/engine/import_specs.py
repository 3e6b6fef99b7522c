"""What an import under the rules of the storage driver is asked for, and what it did: plain, frozen, free of Django.

Every import is one pipeline: a source becomes readings (relation and value of each column), these become rows of a
staged version, and the same code removes duplicates, merges, stamps and counts, whatever the source was. A new kind of
source is a frozen class here and an opener in `storage/engine/import_sources.py` that yields its readings.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from storage.engine.specs import DedupMode, FileFormat, RowSelection, SealedVersion, TableSpec, ViewShape
from storage.engine.view_sql import seen_spec

Strategy = Literal["string_table", "user_defined_table"]
TimestampMode = Literal["current_time", "none", "from_source"]

#: The column that imports stamp where a table has it.
TIMESTAMP_COLUMN = "_timestamp"


@dataclass(frozen=True)
class FileSource:
    """Local files, read one after the other as one: all in `directory`, which holds nothing else.

    `names` are what messages call them. `columns` are those of the files, in their order; None: each file begins with
    a header, from which the table's columns are picked by name. `skipped_lines` are records at the start of each file.
    With `finds_header` a first record that repeats `columns` is a header. An `escape` other than the enclosure stands
    for the next character in fields that are not enclosed, too. Compression comes from the first bytes of each file.
    """

    directory: Path
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    format: FileFormat = "csv"
    columns: tuple[str, ...] | None = None
    delimiter: str = ","
    enclosure: str = '"'
    escape: str = ""
    skipped_lines: int = 0
    finds_header: bool = False

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.paths)

    @property
    def readable(self) -> Path:
        """What the instance of an import has to be allowed to read."""
        return self.directory


@dataclass(frozen=True)
class RelationSource:
    """A table of another database file, which is attached for reading: of a version, or of a workspace.

    `spec` is its shape, `columns` pairs (column of the source, column of the destination) in the order wanted; both
    were checked by the caller. `selection` says which rows, None all. With a `view` the source is what that shows of
    the table, and columns and selection are in its words. For the text strategy NULL of text columns becomes empty
    text as with files; `null_texts` of the import are for files only.
    """

    database: Path
    spec: TableSpec
    columns: tuple[tuple[str, str], ...]
    schema: str = "main"
    table: str = "data"
    selection: RowSelection | None = None
    view: ViewShape | None = None

    @property
    def seen(self) -> TableSpec:
        """The shape that columns and the selection are about."""
        return seen_spec(self.spec, self.view)

    @property
    def size_bytes(self) -> int:
        return self.database.stat().st_size

    @property
    def readable(self) -> Path:
        return self.database


@dataclass(frozen=True)
class RowImport:
    """How rows of a source become rows of a table; `started` is UTC, and the time stamp of the rows.

    Rows are the same where `dedup_columns`, or the primary key, are equal. `null_texts` are cells of files that mean
    NULL; without any an empty cell that is not enclosed is NULL, in the text strategy and in columns that must not be
    NULL empty text. `empty_is_null` are text columns whose empty text becomes NULL in the text strategy.
    `requires_timestamp` refuses a table without the column.
    """

    source: FileSource | RelationSource
    started: datetime.datetime
    incremental: bool = False
    strategy: Strategy = "string_table"
    dedup_mode: DedupMode = "update_duplicates"
    dedup_columns: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ()
    empty_is_null: tuple[str, ...] = ()
    timestamp_mode: TimestampMode = "current_time"
    requires_timestamp: bool = False

    @property
    def size_bytes(self) -> int:
        return self.source.size_bytes

    @property
    def removes_duplicates(self) -> bool:
        return self.dedup_mode == "update_duplicates"


@dataclass(frozen=True)
class RowCounts:
    """What happened to the rows: `imported` as the protocol counts them, `columns` those that the source supplied.

    `timers` are names of the protocol with seconds, in the order in which the steps began.
    """

    imported: int
    columns: tuple[str, ...] = ()
    timers: tuple[tuple[str, float], ...] = ()
    warnings: tuple[str, ...] = ()

    def timed(self, name: str, seconds: float) -> RowCounts:
        return replace(self, timers=(*self.timers, (name, seconds)))


@dataclass(frozen=True)
class RowImportOutcome:
    """The sealed next version and what became of the rows."""

    sealed: SealedVersion
    counts: RowCounts

"""The readings of each kind of source: CSV files, Parquet files, a table of another database file.

All are alike to the pipeline: columns of the table that the source supplies, and batches to insert one after the other.
A batch explains what DuckDB refused and says whether the next attempt can do better.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from kbstore.errors import KbstoreError
from storage.engine.csv_source import LINE_LIMITS, LINE_TOO_LONG_TEXT, UNREADABLE_TEXT
from storage.engine.import_cells import cast_value, relation_cell
from storage.engine.import_csv import CsvBatch, CsvFiles
from storage.engine.import_errors import batch_error, file_of_error
from storage.engine.import_parquet import parquet_reading
from storage.engine.import_plan import ImportPlan
from storage.engine.import_specs import FileSource, RelationSource
from storage.engine.load_errors import import_error
from storage.engine.load_source import Reading, file_column
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import clauses
from storage.engine.sql import attach_sql, detach_sql, qualified_name, quote_identifier
from storage.engine.view_sql import seen_table

_SOURCE = "source"


class Batch(Protocol):
    """Rows that one statement reads."""

    @property
    def reading(self) -> Reading: ...

    def repair(self, error: duckdb.Error) -> bool:
        """Whether the whole import may go better when it is begun again."""

    def explain(self, connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> KbstoreError: ...


class Source(Protocol):
    """An open source: the columns of the table that it supplies, in its order, and its rows."""

    supplied: tuple[str, ...]

    @property
    def warnings(self) -> list[str]: ...

    def batches(self) -> AbstractContextManager[Iterator[Batch]]: ...


@contextmanager
def opened_source(
    connection: duckdb.DuckDBPyConnection, plan: ImportPlan, *, scratch: Path, monitor: Monitor
) -> Iterator[Source]:
    """The source of an import, which `connection` is allowed to read; `scratch` is a directory that is as well.

    Raises ImportFailed, ImportRefused, InvalidCsvOptions, FilterRefused.
    """
    source = plan.order.source
    if isinstance(source, RelationSource):
        with _attached(connection, source):
            yield _Single(_relation_reading(source, plan), plan, monitor)
    elif source.format == "parquet":
        yield _Single(parquet_reading(connection, source, plan), plan, monitor)
    else:
        yield _CsvSource(source, plan, scratch, monitor)


# --- one statement reads it all


class _Single:
    """Parquet files, or a table; None for no rows at all."""

    def __init__(self, reading: Reading | None, plan: ImportPlan, monitor: Monitor) -> None:
        self._batches = [] if reading is None else [_SingleBatch(reading, plan, monitor)]
        self.supplied = () if reading is None else tuple(column.name for column in reading.targets)

    @property
    def warnings(self) -> list[str]:
        return []

    @contextmanager
    def batches(self) -> Iterator[Iterator[Batch]]:
        yield iter(self._batches)


@dataclass(frozen=True)
class _SingleBatch:
    reading: Reading
    plan: ImportPlan
    monitor: Monitor

    def repair(self, error: duckdb.Error) -> bool:  # noqa: ARG002 - such sources read in one way
        return False

    def explain(self, connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> KbstoreError:
        return import_error(connection, error=error, reading=self.reading, spec=self.plan.spec, monitor=self.monitor)


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, source: RelationSource) -> Iterator[None]:
    connection.execute(attach_sql(source.database, _SOURCE, ("READ_ONLY",)))
    try:
        yield
    finally:
        connection.execute(detach_sql(_SOURCE))


def _relation_reading(source: RelationSource, plan: ImportPlan) -> Reading:
    """The selected rows with the mapped columns; conditions are bound by place."""
    supplied = plan.supplied([target for _, target in source.columns])
    seen = source.seen
    origins = {column.name: column for column in seen.columns}
    mapped = [(origins[name], plan.column(target)) for name, target in source.columns if target in supplied]
    cells = ", ".join(
        f"{relation_cell(quote_identifier(origin.name), origin, target, plan)} AS {file_column(index)}"
        for index, (origin, target) in enumerate(mapped)
    )
    table = seen_table(qualified_name(_SOURCE, source.schema, source.table), source.spec, source.view)
    rows = f"SELECT * FROM {table}"
    parameters: tuple[str, ...] = ()
    if source.selection is not None:
        found = clauses(source.selection, seen)
        rows, parameters = f"{rows}{found.where}{found.order}{found.limit}", found.parameters
    relation = f"(SELECT {cells} FROM ({rows}))"
    return Reading(
        targets=tuple(target for _, target in mapped),
        relation=relation,
        parameters=list(parameters),
        values=tuple(
            cast_value(file_column(index), _type_of_cell(origin.type, target.type), target)
            for index, (origin, target) in enumerate(mapped)
        ),
        raw_relation=relation,
        raw_parameters=list(parameters),
        counts_lines=False,
    )


def _type_of_cell(origin: str, target: str) -> str:
    return "VARCHAR" if target == "VARCHAR" else origin


# --- CSV


class _CsvSource:
    def __init__(self, source: FileSource, plan: ImportPlan, scratch: Path, monitor: Monitor) -> None:
        self._source, self._plan, self._monitor = source, plan, monitor
        self._files = CsvFiles(source, plan, scratch=scratch, monitor=monitor)
        self.supplied = self._files.supplied

    @property
    def warnings(self) -> list[str]:
        return list(dict.fromkeys(self._files.warnings))

    @contextmanager
    def batches(self) -> Iterator[Iterator[Batch]]:
        with self._files.batches() as batches:
            yield (_CsvPart(batch, self) for batch in batches)

    def repair(self, batch: CsvBatch, error: duckdb.Error) -> bool:
        """Files with other line ends than their first, or with lines longer than DuckDB expects, get another chance.

        Where a second file is like the first, all files are taken to be.
        """
        guilty = file_of_error(error, batch)
        files = {one.index for one in (batch.files if guilty is None else (guilty,))}
        repairs, text = self._files.repairs, str(error)
        if LINE_TOO_LONG_TEXT.search(text):
            limit = batch.files[0].shape.line_limit + 1
            if limit == len(LINE_LIMITS):
                return False
            repairs.longer.update(dict.fromkeys(self._all_files() if repairs.longer else files, limit))
            return True
        if UNREADABLE_TEXT.search(text) and not files <= repairs.rewritten:
            repairs.rewritten |= self._all_files() if repairs.rewritten else files
            return True
        return False

    def _all_files(self) -> set[int]:
        return set(range(len(self._source.paths)))

    def explain(self, connection: duckdb.DuckDBPyConnection, batch: CsvBatch, error: duckdb.Error) -> KbstoreError:
        return batch_error(
            connection, error=error, batch=batch, source=self._source, spec=self._plan.spec, monitor=self._monitor
        )


@dataclass(frozen=True)
class _CsvPart:
    batch: CsvBatch
    source: _CsvSource

    @property
    def reading(self) -> Reading:
        return self.batch.reading

    def repair(self, error: duckdb.Error) -> bool:
        return self.source.repair(self.batch, error)

    def explain(self, connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> KbstoreError:
        return self.source.explain(connection, self.batch, error)

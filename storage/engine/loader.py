"""Loading a file into a staged table: one transaction, all or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storage.engine import merge
from storage.engine.csv_join import join_slices
from storage.engine.csv_source import CsvReading, CsvSource
from storage.engine.errors import translate
from storage.engine.load_errors import import_error
from storage.engine.load_source import Reading, supplied_columns
from storage.engine.monitor import Monitor
from storage.engine.parquet_source import parquet_reading
from storage.engine.specs import LoadSpec, TableSpec


@dataclass(frozen=True)
class LoadCounts:
    """`imported_rows` of the contract: rows read by a full load, rows gained by an incremental one."""

    imported_rows: int
    warnings: tuple[str, ...] = ()


#: Of no slices, or of empty ones.
_NOTHING = LoadCounts(0)


def load_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    order: LoadSpec,
    monitor: Monitor,
    base_is_empty: bool,
    scratch_dir: Path | None = None,
) -> LoadCounts:
    """Load the files of `order` into `table`, a qualified name, in one transaction that is rolled back on any error.

    `table` has the columns of `spec` with NOT NULL and DEFAULT and no index. It is empty for a full load and when
    `base_is_empty`, else it holds the base rows. `scratch_dir`, which the connection must be allowed to read, takes
    copies of compressed and of oddly written files; by default they lie next to the staged database.

    Raises ImportFailed, DuplicateKey, InvalidColumns, InvalidCsvOptions, or the monitor's reason.
    """
    targets = supplied_columns(spec, order)
    with ExitStack() as stack:
        new_scratch = _scratch_files(stack, scratch_dir or _staging_dir(connection, table))
        load = _Load(connection, table, spec, order, monitor, base_is_empty)
        try:
            if order.format == "parquet":
                return (
                    load.attempts(parquet_reading(connection, order.files, targets), None) if order.files else _NOTHING
                )
            with monitor.phase(connection, 0.0, 0.1):
                path = order.path
                if order.slices is not None:
                    path = join_slices(order.slices, order.csv, targets, new_scratch=new_scratch, monitor=monitor)
                    if path.stat().st_size == 0:
                        return _NOTHING
                source = CsvSource(path, new_scratch=new_scratch, monitor=monitor)
                reading = source.first(order.csv, targets)
            return load.attempts(reading, source)
        except (duckdb.Error, OSError) as error:
            raise translate(error, monitor) from error


def _staging_dir(connection: duckdb.DuckDBPyConnection, table: str) -> Path:
    database = table.split(".")[0].strip('"')
    row = connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = $name", {"name": database})
    found = row.fetchone()
    return Path(found[0]).parent if found and found[0] else Path(tempfile.gettempdir())


def _scratch_files(stack: ExitStack, directory: Path) -> Callable[[], Path]:
    """Makes names of scratch files in a directory of their own, which goes, with all in it, when the stack closes."""
    made: list[Path] = []

    def new_scratch() -> Path:
        if not made:
            made.append(Path(tempfile.mkdtemp(prefix="load-", dir=directory)))
            stack.callback(shutil.rmtree, made[0], ignore_errors=True)
        descriptor, path = tempfile.mkstemp(suffix=".csv", dir=made[0])
        os.close(descriptor)
        return Path(path)

    return new_scratch


class _Load:
    """One load: the attempts to read the file and the transaction around each."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        spec: TableSpec,
        order: LoadSpec,
        monitor: Monitor,
        base_is_empty: bool,
    ) -> None:
        self._connection = connection
        self._table = table
        self._spec = spec
        self._order = order
        self._monitor = monitor
        self._replaces = base_is_empty or not order.incremental

    def attempts(self, reading: Reading, source: CsvSource | None) -> LoadCounts:
        """Read in one way after the other until one fits or the file is to blame."""
        while True:
            try:
                counts = self._in_transaction(reading)
            except duckdb.Error as error:
                self._monitor.check()
                following = source.next(error, reading) if source and isinstance(reading, CsvReading) else None
                if following is None:
                    raise self._explained(error, reading) from error
                reading = following
            else:
                notes = tuple(source.warnings) if source is not None else ()
                return LoadCounts(counts.imported_rows, notes + counts.warnings)

    def _explained(self, error: duckdb.Error, reading: Reading) -> Exception:
        with self._monitor.phase(self._connection, 0.9, 0.9):
            return import_error(self._connection, error=error, reading=reading, spec=self._spec, monitor=self._monitor)

    def _in_transaction(self, reading: Reading) -> LoadCounts:
        self._connection.execute("BEGIN TRANSACTION")
        try:
            counts = self._run(reading)
            self._connection.execute("COMMIT")
        except BaseException:
            # An error at commit has rolled back already, and there is nothing to roll back then.
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK")
            raise
        return counts

    def _run(self, reading: Reading) -> LoadCounts:
        if self._spec.primary_key and not self._replaces:
            return self._upsert(reading)
        with self._monitor.phase(self._connection, 0.1, 0.9):
            rows = merge.insert_rows(self._connection, self._table, reading)
        self._monitor.rows = rows
        if not self._spec.primary_key:
            return LoadCounts(rows)
        with self._monitor.phase(self._connection, 0.9, 1.0):
            superseded = merge.settle_duplicates(
                self._connection,
                table=self._table,
                key=self._spec.primary_key,
                dedup_mode=self._order.dedup_mode,
            )
        gained = rows - superseded if self._order.incremental else rows
        return LoadCounts(gained, _superseded_warning(superseded))

    def _upsert(self, reading: Reading) -> LoadCounts:
        connection, mode = self._connection, self._order.dedup_mode
        with self._monitor.phase(connection, 0.1, 0.7):
            self._monitor.rows = merge.collect_incoming(connection, self._spec, reading)
        with self._monitor.phase(connection, 0.7, 1.0):
            superseded = merge.settle_incoming(connection, self._spec, mode)
            gained = merge.merge_incoming(connection, self._table, self._spec, mode)
            merge.drop_incoming(connection)
        return LoadCounts(gained, _superseded_warning(superseded))


def _superseded_warning(rows: int) -> tuple[str, ...]:
    if not rows:
        return ()
    subject = "1 row was" if rows == 1 else f"{rows} rows were"
    return (f"{subject} superseded by a later row of the file with the same key.",)

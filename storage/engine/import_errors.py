"""From DuckDB's refusal of a batch of files to an error that names file, line, column and value."""

from __future__ import annotations

import re

import duckdb

from kbstore.errors import KbstoreError
from storage.engine.import_csv import CsvBatch, Prepared
from storage.engine.import_specs import FileSource
from storage.engine.load_errors import cell_check, import_error
from storage.engine.load_source import Reading, file_column
from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec
from storage.errors import ImportFailed

_FILE = re.compile(r"^\s*file ?= ?(.+?)\s*$", re.MULTILINE)


def file_of_error(error: duckdb.Error, batch: CsvBatch) -> Prepared | None:
    """The file that DuckDB's message names, or the only one."""
    if len(batch.files) == 1:
        return batch.files[0]
    found = _FILE.search(str(error))
    return next((one for one in batch.files if found is not None and str(one.path) == found[1]), None)


def batch_error(
    connection: duckdb.DuckDBPyConnection,
    *,
    error: duckdb.Error,
    batch: CsvBatch,
    source: FileSource,
    spec: TableSpec,
    monitor: Monitor,
) -> KbstoreError:
    """The error to raise for a batch that DuckDB refused; reads again to find the file and its wrong rows."""
    guilty = file_of_error(error, batch) or _file_with_wrong_row(connection, batch)
    reading = batch.alone(guilty) if guilty is not None else batch.reading
    told = import_error(connection, error=error, reading=reading, spec=spec, monitor=monitor)
    if isinstance(told, ImportFailed) and guilty is not None:
        return told.in_file(source.names[guilty.index])
    return told


def _file_with_wrong_row(connection: duckdb.DuckDBPyConnection, batch: CsvBatch) -> Prepared | None:
    """By halves: each file is read but a few times, and what is right is read no further than it must."""
    files = list(batch.files)
    try:
        while len(files) > 1:
            half = files[: len(files) // 2]
            files = half if _holds_wrong_row(connection, batch.together(half)) else files[len(half) :]
        return files[0] if _holds_wrong_row(connection, batch.alone(files[0])) else None
    except duckdb.Error:
        return None


def _holds_wrong_row(connection: duckdb.DuckDBPyConnection, reading: Reading) -> bool:
    checks = [cell_check(file_column(index), column, reading) for index, column in enumerate(reading.targets)]
    sql = f"SELECT 1 FROM {reading.raw_relation} WHERE {' OR '.join(checks)} LIMIT 1"
    return connection.execute(sql, reading.raw_parameters).fetchone() is not None

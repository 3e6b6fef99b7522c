"""Reading Parquet: columns by position, converted to the table's types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from storage.engine.load_source import Reading, cast, column_count_text, file_column
from storage.engine.specs import ColumnSpec
from storage.errors import ImportFailed, UnreadableFile

_MAGIC = b"PAR1"


def parquet_reading(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], targets: tuple[ColumnSpec, ...]
) -> Reading:
    """The reading of Parquet files, of which the first says what the columns of all are.

    Raises ImportFailed when one is none, is damaged or has other columns.
    """
    for path in paths:
        check_parquet(path)
    found = _column_types(connection, paths)
    if len(found) != len(targets):
        raise ImportFailed(
            column_count_text(len(found), targets),
            details={"columns_found": len(found), "columns_expected": len(targets)},
        )
    names = [file_column(index) for index in range(len(targets))]
    relation = f"read_parquet($paths) AS source({', '.join(names)})"
    parameters = {"paths": [str(path) for path in paths]}
    return Reading(
        targets=targets,
        relation=relation,
        parameters=parameters,
        values=tuple(
            name if found[index] == column.type else cast(name, column.type)
            for index, (name, column) in enumerate(zip(names, targets, strict=True))
        ),
        raw_relation=relation,
        raw_parameters=parameters,
        counts_lines=False,
    )


def check_parquet(path: Path) -> None:
    """Raise ImportFailed unless a file begins and ends as Parquet does."""
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFile("The file is empty.")
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(0, size - 4))
        tail = file.read(4)
    if head != _MAGIC:
        raise UnreadableFile("The file is not a Parquet file.")
    if tail != _MAGIC:
        raise UnreadableFile("The Parquet file is damaged or cut off.")


def _column_types(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> list[str]:
    parameters = {"paths": [str(path) for path in paths]}
    try:
        rows = connection.execute("DESCRIBE SELECT * FROM read_parquet($paths)", parameters).fetchall()
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error as error:
        raise UnreadableFile("The Parquet file is damaged.") from error
    return [row[1] for row in rows]

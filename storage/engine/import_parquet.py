"""The Parquet files of an import: columns by name, values converted to the types of the table."""

from __future__ import annotations

from typing import Any

import duckdb

from storage.engine.import_cells import cast_value, relation_cell
from storage.engine.import_plan import ImportPlan
from storage.engine.import_specs import FileSource
from storage.engine.load_source import Reading, file_column
from storage.engine.parquet_source import check_parquet
from storage.engine.specs import ColumnSpec
from storage.engine.sql import quote_identifier
from storage.errors import ImportFailed, UnknownSourceColumns, UnreadableFile


def parquet_reading(connection: duckdb.DuckDBPyConnection, source: FileSource, plan: ImportPlan) -> Reading | None:
    """All files as one relation; None if there are none. Values of such files are typed: no text of theirs means NULL.

    Without `columns` the table's columns are picked by name and other columns of the files are left out.
    Raises ImportFailed.
    """
    for path, name in zip(source.paths, source.names, strict=True):
        try:
            check_parquet(path)
        except ImportFailed as error:
            raise error.in_file(name) from error
    if not source.paths:
        return None
    found = _columns(connection, source)
    supplied = plan.supplied(_wanted(found, source, plan))
    targets = tuple(plan.column(name) for name in supplied)
    cells = ", ".join(
        f"{relation_cell(quote_identifier(one.name), found[one.name], one, plan)} AS {file_column(index)}"
        for index, one in enumerate(targets)
    )
    relation = f"(SELECT {cells} FROM read_parquet($paths))"
    parameters: dict[str, Any] = {"paths": [str(path) for path in source.paths]}
    return Reading(
        targets=targets,
        relation=relation,
        parameters=parameters,
        values=tuple(
            cast_value(file_column(index), "VARCHAR" if one.type == "VARCHAR" else found[one.name].type, one)
            for index, one in enumerate(targets)
        ),
        raw_relation=relation,
        raw_parameters=parameters,
        counts_lines=False,
    )


def _wanted(found: dict[str, ColumnSpec], source: FileSource, plan: ImportPlan) -> list[str]:
    wanted = list(plan.picks if source.columns is None else source.columns)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise UnknownSourceColumns(missing, missing_in="the Parquet file")
    if source.columns is not None:
        return wanted
    return [name for name in found if name in plan.spec.column_names]


def _columns(connection: duckdb.DuckDBPyConnection, source: FileSource) -> dict[str, ColumnSpec]:
    parameters = {"paths": [str(path) for path in source.paths[:1]]}
    try:
        rows = connection.execute("DESCRIBE SELECT * FROM read_parquet($paths)", parameters).fetchall()
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error as error:
        raise UnreadableFile("The Parquet file is damaged.").in_file(source.names[0]) from error
    return {row[0]: ColumnSpec(row[0], row[1]) for row in rows}

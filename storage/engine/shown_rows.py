"""Reading the rows of a selection for people and hosts that look at them: few, with long values cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from storage.engine.column_choice import check_column_choice
from storage.engine.errors import CONDITION_ERRORS, translated_errors
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import clauses
from storage.engine.shown_values import is_wide_number, text_sql, typed_sql
from storage.engine.specs import ColumnSpec, LookOrder, ShownRows, TableSpec
from storage.engine.sql import quote_identifier
from storage.engine.view_sql import has_row_numbers, seen_spec, seen_table
from storage.errors import FilterRefused

#: Rows are read in parts; how many make one follows from how large the last was.
_FEWEST_AT_ONCE, _FIRST_AT_ONCE, _MOST_AT_ONCE = 8, 128, 4_096
_SMALL_PART_BYTES, _LARGE_PART_BYTES = 512 * 1024, 2 * 1024 * 1024
_NUMBER = "row_number_of_the_table"


def look_at_rows(
    *, connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec, order: LookOrder, monitor: Monitor
) -> ShownRows:
    """The rows that `order` asks for. `table` is a qualified, quoted name; the session's time zone must be UTC.

    Raises FilterRefused, InvalidColumns, InvalidLimit.
    """
    has_numbers = has_row_numbers(spec, order.view)
    table, spec = seen_table(table, spec, order.view), seen_spec(spec, order.view)
    names = order.columns or spec.column_names
    check_column_choice(names, spec.column_names)
    types = {column.name: column for column in spec.columns}
    columns = [types[name] for name in names]
    shown: list[list[Any]] = [[] for _ in columns]
    room = order.max_bytes
    with translated_errors(monitor):
        for part in _parts(connection, table, spec, columns, order, has_numbers=has_numbers):
            if room <= 0:
                return ShownRows(tuple(names), tuple(shown), complete=False)
            room -= part.nbytes
            for values, column, found in zip(shown, columns, part.columns, strict=True):
                values += _numbers(found) if order.typed and is_wide_number(column.type) else found.to_pylist()
    return ShownRows(tuple(names), tuple(shown))


def _parts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    columns: Sequence[ColumnSpec],
    order: LookOrder,
    *,
    has_numbers: bool,
) -> Iterator[pa.Table]:
    """The rows, a few at a time, in their order. Which ones they are is found first, so that only what is shown is
    read of long values; a column that hides the numbers of rows makes that impossible.
    """
    wanted = clauses(order.selection, spec)
    shown = ", ".join(_shown(column, order) for column in columns)
    try:
        if not has_numbers:
            sql = f"SELECT {shown} FROM (SELECT * FROM {table}{wanted}) AS data"  # noqa: S608 - names quoted, values bound
            yield connection.execute(sql, wanted.parameters).to_arrow_table()
            return
        found = connection.execute(f"SELECT rowid FROM {table}{wanted}", wanted.parameters).fetchall()  # noqa: S608
    except CONDITION_ERRORS as error:
        raise FilterRefused("The filters compare columns whose types do not compare.") from error
    numbers = [int(number) for (number,) in found]
    start, at_once = 0, _FIRST_AT_ONCE
    while start < len(numbers):
        part = _rows_numbered(connection, table, shown, numbers[start : start + at_once])
        start += at_once
        at_once = _next_part(at_once, part.nbytes)
        yield part


def _next_part(rows: int, size_bytes: int) -> int:
    if size_bytes < _SMALL_PART_BYTES:
        return min(rows * 2, _MOST_AT_ONCE)
    return max(rows // 2, _FEWEST_AT_ONCE) if size_bytes > _LARGE_PART_BYTES else rows


def _rows_numbered(connection: duckdb.DuckDBPyConnection, table: str, shown: str, numbers: list[int]) -> pa.Table:
    first, last = min(numbers), max(numbers)
    are_all = last - first + 1 == len(numbers)
    which = f"BETWEEN {first} AND {last}" if are_all else f"IN ({', '.join(map(str, numbers))})"
    sql = f"SELECT {shown}, rowid AS {_NUMBER} FROM {table} AS data WHERE rowid {which}"  # noqa: S608 - names are quoted
    rows = connection.execute(sql).to_arrow_table()
    came = rows.column(rows.num_columns - 1).to_pylist()
    rows = rows.select(range(rows.num_columns - 1))
    if came == numbers:
        return rows
    places = {number: place for place, number in enumerate(came)}
    return rows.take([places[number] for number in numbers])


def _shown(column: ColumnSpec, order: LookOrder) -> str:
    show = typed_sql if order.typed else text_sql
    return f"{show(quote_identifier(column.name), column.type, cut=order.cut)} AS {quote_identifier(column.name)}"


def _numbers(texts: pa.ChunkedArray) -> list[int | None]:
    return [None if text is None else int(text) for text in texts.to_pylist()]

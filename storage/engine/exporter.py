"""Writing the rows of a table to a local CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from storage.engine.column_choice import check_column_choice
from storage.engine.errors import CONDITION_ERRORS, clean_message, translated_errors
from storage.engine.expressions import check_predicate
from storage.engine.monitor import Monitor
from storage.engine.parquet_types import parquet_type
from storage.engine.row_conditions import clauses
from storage.engine.shown_values import is_bare, text_of_moment
from storage.engine.specs import ExportSpec, TableSpec
from storage.engine.sql import quote_identifier, quote_identifiers, quote_literal
from storage.engine.view_sql import seen_spec, seen_table
from storage.errors import FilterRefused, InvalidLimit, InvalidWhereClause

# The highest LIMIT that DuckDB takes; no table has more rows.
_MOST_ROWS = 2**63 - 1


def export_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    order: ExportSpec,
    target: Path,
    monitor: Monitor,
    slice_bytes: int | None = None,
) -> int:
    """Write rows to `target`, which the connection must be allowed to write, and say how many.

    With `slice_bytes` it becomes a directory of files of about that size, at least one.

    `table` is a qualified, quoted name. CSV distinguishes NULL (nothing) from the empty string (a pair of quotes), so
    an import reads back what was written; in a table of one column NULL is an empty line. Rows keep their order.
    The file is not synced. Raises InvalidColumns, InvalidLimit, InvalidWhereClause, FilterRefused.
    """
    table, spec = seen_table(table, spec, order.view), seen_spec(spec, order.view)
    query, parameters = _query(table, spec, order)
    options = _options(spec, order)
    if slice_bytes is not None:
        options += f", FILE_SIZE_BYTES {int(slice_bytes)}"
    statement = f"COPY ({query}) TO {quote_literal(str(target))} ({options})"
    with translated_errors(monitor), monitor.phase(connection, 0.0, 1.0):
        try:
            row = connection.execute(statement, parameters).fetchone()
        except CONDITION_ERRORS as error:
            if order.where:
                raise InvalidWhereClause(clean_message(str(error)), order.where) from error
            if order.selection is not None and order.selection.has_conditions:
                raise FilterRefused("The filters compare columns whose types do not compare.") from error
            raise
    written = int(row[0]) if row else 0
    monitor.rows = written
    return written


def _query(table: str, spec: TableSpec, order: ExportSpec) -> tuple[str, tuple[str, ...]]:
    """The query with the values of its parameters."""
    columns = _known_columns(order.columns or spec.column_names, spec)
    rows, parameters = _rows(table, spec, order)
    if order.format == "parquet":
        return _exact_in_parquet(f"SELECT {quote_identifiers(columns)} {rows}", columns, spec), parameters
    if not order.quotes_texts:
        return f"SELECT {quote_identifiers(columns)} {rows}", parameters
    types = {column.name: column.type for column in spec.columns}
    written = ", ".join(f"{_written(name, types[name])} AS {quote_identifier(name)}" for name in columns)
    # In two steps: the order is that of the values, not of their texts.
    return f"SELECT {written} FROM (SELECT * {rows}) AS data", parameters  # noqa: S608 - names quoted, values bound


def _rows(table: str, spec: TableSpec, order: ExportSpec) -> tuple[str, tuple[str, ...]]:
    """Everything behind the columns of the query."""
    query = [f"FROM {table} AS data"]
    if order.selection is not None:
        wanted = clauses(order.selection, spec)
        return query[0] + str(wanted), wanted.parameters
    if order.where:
        query.append(f"WHERE (\n{check_predicate(order.where, spec.column_names)}\n)")
    if order.order_by:
        query.append(f"ORDER BY {quote_identifiers(_known_columns(order.order_by, spec))}")
    if order.limit is not None and order.limit < 0:
        raise InvalidLimit(order.limit)
    if order.limit:
        query.append(f"LIMIT {min(int(order.limit), _MOST_ROWS)}")
    return " ".join(query), ()


def _written(name: str, type_text: str) -> str:
    return text_of_moment(quote_identifier(name), type_text) or quote_identifier(name)


def _exact_in_parquet(query: str, names: Sequence[str], spec: TableSpec) -> str:
    """The query with those columns as text that Parquet could only hold roughly."""
    types = {column.name: column.type for column in spec.columns}
    written = {name: parquet_type(types[name]) for name in names}
    if all(written[name] == types[name] for name in names):
        return query
    values = (f"CAST({quote_identifier(name)} AS {written[name]}) AS {quote_identifier(name)}" for name in names)
    return f"SELECT {', '.join(values)} FROM ({query}) AS data"  # noqa: S608 - names are quoted, types are parsed


def _known_columns(names: Sequence[str], spec: TableSpec) -> Sequence[str]:
    check_column_choice(names, spec.column_names)
    return names


def _options(spec: TableSpec, order: ExportSpec) -> str:
    if order.format == "parquet":
        return f"FORMAT parquet, COMPRESSION {quote_literal(order.compression or 'snappy')}"
    options = {
        "DELIMITER": quote_literal(order.delimiter),
        "QUOTE": quote_literal(order.quote),
        "ESCAPE": quote_literal(order.quote),
        "NULLSTR": quote_literal(order.null_string),
        "HEADER": "true" if order.header else "false",
        "COMPRESSION": quote_literal(order.compression or "none"),
    }
    if order.quotes_texts:
        chosen = set(order.columns or spec.column_names)
        texts = [column.name for column in spec.columns if column.name in chosen and not is_bare(column.type)]
        options |= {"FORCE_QUOTE": f"({quote_identifiers(texts)})"} if texts else {}
    return "FORMAT csv, " + ", ".join(f"{name} {value}" for name, value in options.items())

"""Reading any page of a table's rows, filtered and sorted, for people who look through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from storage.engine.column_choice import check_column_choice
from storage.engine.errors import CONDITION_ERRORS, clean_message, translated_errors
from storage.engine.expressions import check_predicate
from storage.engine.monitor import Monitor
from storage.engine.preview_json import encoded_object_sql
from storage.engine.specs import PageOrder, RowFilter, RowPage, TableSpec
from storage.engine.sql import quote_identifier, quote_literal
from storage.engine.view_sql import has_row_numbers, seen_spec, seen_table
from storage.errors import InvalidFilter

#: Longer texts and lists are cut: nobody reads them in a grid.
LONGEST_VALUE = 2_100
#: SQL of each operator; `{column}` is the column, `{type}` its type, `{value}` the value.
_OPERATORS = {
    "is": "{column} = CAST({value} AS {type})",
    "is_not": "{column} IS DISTINCT FROM CAST({value} AS {type})",
    "less": "{column} < CAST({value} AS {type})",
    "at_most": "{column} <= CAST({value} AS {type})",
    "more": "{column} > CAST({value} AS {type})",
    "at_least": "{column} >= CAST({value} AS {type})",
    "contains": "contains(lower(CAST({column} AS VARCHAR)), lower({value}))",
    "starts_with": "starts_with(lower(CAST({column} AS VARCHAR)), lower({value}))",
    "is_null": "{column} IS NULL",
    "is_not_null": "{column} IS NOT NULL",
}


class _Selection(NamedTuple):
    """Which rows, as SQL with its parameters; empty for all."""

    sql: str = ""
    parameters: tuple[str, ...] = ()


def read_page(
    *, connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec, order: PageOrder, monitor: Monitor
) -> RowPage:
    """One page of `table`, a qualified and quoted name. The session's time zone must be UTC.

    Raises InvalidFilter, InvalidWhereClause, InvalidColumns.
    """
    has_numbers = has_row_numbers(spec, order.view)
    table, spec = seen_table(table, spec, order.view), seen_spec(spec, order.view)
    selection = _selection(spec, order)
    shown = order.columns or spec.column_names
    check_column_choice(shown, spec.column_names)
    check_column_choice([order.sort or shown[0]], spec.column_names)
    with translated_errors(monitor):
        try:
            matching = _count(connection, table, selection)
            rows = _rows(connection, table, spec, order, selection, shown, has_numbers=has_numbers)
        except CONDITION_ERRORS as error:
            if not selection.sql:
                raise
            raise InvalidFilter(clean_message(str(error))) from error
    return RowPage(("[" + ",".join(rows) + "]").encode(), matching)


def condition_of(spec: TableSpec, filters: Sequence[RowFilter], condition: str | None = None) -> str:
    """The filters and the condition as one condition in SQL, for an export or a query of the same rows.

    Raises InvalidFilter, InvalidWhereClause.
    """
    types = {column.name: column.type for column in spec.columns}
    parts = [_condition(wanted, types, quote_literal(wanted.value)).sql for wanted in filters]
    if condition:
        parts.append(f"({check_predicate(condition, spec.column_names)})")
    return " AND ".join(parts)


def _selection(spec: TableSpec, order: PageOrder) -> _Selection:
    types = {column.name: column.type for column in spec.columns}
    conditions = [_condition(wanted, types) for wanted in order.filters]
    if order.condition:
        conditions.append(_Selection(f"(\n{check_predicate(order.condition, spec.column_names)}\n)"))
    if not conditions:
        return _Selection()
    parameters = tuple(value for condition in conditions for value in condition.parameters)
    return _Selection(" WHERE " + " AND ".join(condition.sql for condition in conditions), parameters)


def _condition(wanted: RowFilter, types: dict[str, str], value: str = "?") -> _Selection:
    """`value` is what stands for it in the SQL: a parameter or a literal."""
    if wanted.column not in types:
        raise InvalidFilter(f"there is no column {wanted.column[:100]}")
    operator = _OPERATORS.get(wanted.operator)
    if operator is None:
        raise InvalidFilter(f"there is no operator {wanted.operator[:100]}")
    sql = operator.format(column=quote_identifier(wanted.column), type=types[wanted.column], value=value)
    return _Selection(sql, (wanted.value,) if "{value}" in operator else ())


def _count(connection: duckdb.DuckDBPyConnection, table: str, selection: _Selection) -> int:
    sql = f"SELECT count(*) FROM {table} AS data{selection.sql}"  # noqa: S608 - names are quoted, values bound
    row = connection.execute(sql, selection.parameters).fetchone()
    return int(row[0]) if row else 0


def _rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    order: PageOrder,
    selection: _Selection,
    shown: Sequence[str],
    *,
    has_numbers: bool,
) -> list[str]:
    """The rows as JSON texts. Their numbers are found first, so that only what is shown is read of long values."""
    types = {column.name: column.type for column in spec.columns}
    encoded = encoded_object_sql([(name, types[name]) for name in shown], cut=LONGEST_VALUE)
    sorting = _sorting(order, has_numbers=has_numbers)
    part = f"FROM {table} AS data{selection.sql}{sorting} LIMIT {int(order.limit)} OFFSET {int(order.offset)}"
    if not has_numbers:
        sql = f"SELECT {encoded} FROM (SELECT * {part})"  # noqa: S608 - names are quoted, values bound
        return [row[0] for row in connection.execute(sql, selection.parameters).fetchall()]
    numbers = [int(row[0]) for row in connection.execute(f"SELECT rowid {part}", selection.parameters).fetchall()]  # noqa: S608
    if not numbers:
        return []
    wanted = ", ".join(map(str, numbers))
    found = connection.execute(f"SELECT rowid, {encoded} FROM {table} WHERE rowid IN ({wanted})").fetchall()  # noqa: S608
    texts = dict(found)
    return [texts[number] for number in numbers]


def _sorting(order: PageOrder, *, has_numbers: bool) -> str:
    if not order.sort:
        return ""
    direction = "DESC" if order.descending else "ASC"
    # Equal values keep their order from page to page.
    ties = ", rowid" if has_numbers else ""
    return f" ORDER BY {quote_identifier(order.sort)} {direction} NULLS LAST{ties}"

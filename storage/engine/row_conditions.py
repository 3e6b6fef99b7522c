"""Which rows a selection means, as SQL with bound parameters.

All conditions must hold. NULL meets none of them, also not `ne`. Column names are found whatever their case. A value
is compared as one of the column's type where the column is no text, and a text as what the filter names; what does not
cast to that matches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.engine.filter_values import MOMENTS, NUMBERS, SQL_TYPES, TEXTS, Write, filterable_type, moment, sides
from storage.engine.specs import (
    ColumnFilter,
    ColumnSpec,
    ReferenceFilter,
    RowSelection,
    SortKey,
    TableSpec,
    VersionRef,
)
from storage.engine.sql import quote_identifier, quote_literal
from storage.engine.type_grammar import parse_type
from storage.errors import FilterRefused, InvalidLimit

CHANGED = "_timestamp"
_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SEVERAL = {"eq": "IN", "ne": "NOT IN"}
#: Wide enough for the whole numbers of most keys, exact for common fractions.
_EXACT = "DECIMAL(38,10)"


@dataclass(frozen=True)
class Clauses:
    """Parts of a query over one table; each is empty or begins with a space. `parameters` are those of `where`."""

    where: str = ""
    parameters: tuple[str, ...] = ()
    order: str = ""
    limit: str = ""

    def __str__(self) -> str:
        return self.where + self.order + self.limit


def check_selection(selection: RowSelection, spec: TableSpec) -> None:
    """Raise what `clauses` would raise; nothing is read. Raises FilterRefused, InvalidLimit."""
    clauses(selection, spec, {one.version: "x" for one in selection.references})


def clauses(selection: RowSelection, spec: TableSpec, references: Mapping[VersionRef, str] | None = None) -> Clauses:
    """What follows `SELECT ... FROM table` to get the rows of a selection.

    `references` are the qualified names of the versions that its conditions name. Raises FilterRefused, InvalidLimit.
    """
    parameters: list[str] = []

    def bind(text: str) -> str:
        parameters.append(text)
        return "?"

    condition = _condition(selection, _Columns(selection.table, spec), references or {}, bind)
    return Clauses(
        where=f" WHERE {condition}" if condition else "",
        parameters=tuple(parameters),
        order=order_clause(selection, spec),
        limit=_limit(selection.limit),
    )


def condition_text(selection: RowSelection, spec: TableSpec) -> str:
    """The conditions with values as literals, for a definition that cannot bind them; empty for none.

    Raises FilterRefused.
    """
    return _condition(selection, _Columns(selection.table, spec), {}, quote_literal)


def order_clause(selection: RowSelection, spec: TableSpec) -> str:
    """` ORDER BY ...`, or empty. Raises FilterRefused."""
    columns = _Columns(selection.table, spec)
    keys = ", ".join(_sort_key(key, columns) for key in selection.sort)
    return f" ORDER BY {keys}" if keys else ""


def _limit(limit: int) -> str:
    if limit < 0:
        raise InvalidLimit(limit)
    return f" LIMIT {int(limit)}" if limit else ""


class _Columns:
    """The columns of the table by name, whatever its case."""

    def __init__(self, table: str, spec: TableSpec) -> None:
        self.table = table
        self.all = spec.columns
        self._by_name = {column.name.casefold(): column for column in spec.columns}

    def get(self, name: str) -> ColumnSpec | None:
        return self._by_name.get(name.casefold())

    def find(self, name: str, purpose: str) -> ColumnSpec:
        """Raises FilterRefused."""
        column = self.get(name)
        if column is None:
            raise FilterRefused(f'Column "{name}" not found on table "{self.table}" for {purpose}.')
        return column


def _condition(selection: RowSelection, columns: _Columns, references: Mapping[VersionRef, str], write: Write) -> str:
    if selection.fulltext and selection.filters:
        raise FilterRefused("Cannot use fulltextSearch and whereFilters at the same time")
    parts = [_filter(one, columns, write) for one in selection.filters]
    if selection.fulltext:
        parts.append(_fulltext(selection.fulltext, columns, write))
    if selection.changed_since:
        parts.append(_bound("changeSince", ">=", selection.changed_since, columns, write))
    if selection.changed_until:
        parts.append(_bound("changeUntil", "<", selection.changed_until, columns, write))
    parts += [_reference(one, columns, references[one.version]) for one in selection.references]
    return " AND ".join(parts)


def _filter(wanted: ColumnFilter, columns: _Columns, write: Write) -> str:
    column = columns.find(wanted.column, "where filter")
    operator = _OPERATORS.get(wanted.operator)
    if operator is None:
        raise FilterRefused(f'whereFilter on column "{column.name}" has an unknown operator')
    if not wanted.values:
        raise FilterRefused(f'whereFilter on column "{column.name}" needs at least one value')
    if len(wanted.values) > 1 and wanted.operator not in _SEVERAL:
        raise FilterRefused('whereFilter with multiple values can be used only with "eq", "ne" operators')
    left, values = sides(column, wanted.data_type, wanted.values, write)
    if len(values) == 1:
        return f"({left} {operator} {values[0]})"
    return f"({left} {_SEVERAL[wanted.operator]} ({', '.join(values)}))"


def _fulltext(text: str, columns: _Columns, write: Write) -> str:
    """Literally, case-sensitively, in any column of text."""
    names = [quote_identifier(column.name) for column in columns.all if parse_type(column.type).kind == "VARCHAR"]
    return f"({' OR '.join(f'contains({name}, {write(text)})' for name in names) or 'false'})"


def _bound(field: str, operator: str, text: str, columns: _Columns, write: Write) -> str:
    column = columns.get(CHANGED)
    if column is None:
        raise FilterRefused(f'{field} needs the column "{CHANGED}", which table "{columns.table}" does not have')
    found = moment(text)
    if found is None:
        raise FilterRefused(f"{field} has to be unix seconds or a moment in ISO 8601")
    left, [value] = sides(column, "TIMESTAMP", [found.isoformat()], write)
    return f"({left} {operator} {value})"


def _reference(wanted: ReferenceFilter, columns: _Columns, table: str) -> str:
    column = columns.find(wanted.column, "where ref table filter")
    other = ColumnSpec(wanted.reference_column, wanted.reference_type)
    left, right = _comparable(column, other)
    operator = "NOT IN" if wanted.excluded else "IN"
    # Without the first part NULL would be in no empty list.
    return f"({left} IS NOT NULL AND {left} {operator} (SELECT {right} FROM {table} WHERE {right} IS NOT NULL))"  # noqa: S608


def _comparable(column: ColumnSpec, other: ColumnSpec) -> tuple[str, str]:
    """Both columns as SQL of types that compare; a value that does not cast is as good as NULL."""
    names = quote_identifier(column.name), quote_identifier(other.name)
    kinds = filterable_type(column).kind, filterable_type(other).kind
    if column.type == other.type or all(kind in NUMBERS for kind in kinds):
        return names
    if all(kind in MOMENTS for kind in kinds):
        common = "TIMESTAMP"
    elif any(kind in TEXTS for kind in kinds):
        common = _common_with_text(column, other, kinds)
    else:
        raise FilterRefused(
            f'Column "{column.name}" of type "{column.type}" does not compare with column "{other.name}" of type'
            f' "{other.type}"'
        )
    return f"TRY_CAST({names[0]} AS {common})", f"TRY_CAST({names[1]} AS {common})"


def _common_with_text(column: ColumnSpec, other: ColumnSpec, kinds: tuple[str, str]) -> str:
    if any(kind in NUMBERS for kind in kinds):
        return "DOUBLE" if {"FLOAT", "DOUBLE"} & set(kinds) else _EXACT
    return other.type if kinds[0] in TEXTS else column.type


def _sort_key(key: SortKey, columns: _Columns) -> str:
    if not key.column:
        raise FilterRefused("orderBy needs the name of a column")
    column = columns.find(key.column, "order by")
    name, sql_type = quote_identifier(column.name), SQL_TYPES.get(key.data_type)
    if sql_type is not None and parse_type(column.type).kind in TEXTS:
        name = f"TRY_CAST({name} AS {sql_type})"
    return f"{name} {'DESC' if key.descending else 'ASC'} NULLS LAST"

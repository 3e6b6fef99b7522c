"""Views of storage as SQL: a part of the columns and rows of a table, under other names if so wanted."""

from __future__ import annotations

from dataclasses import replace

from storage.engine.row_conditions import condition_text
from storage.engine.specs import RowSelection, TableSpec, ViewShape
from storage.engine.sql import quote_identifier
from storage.errors import ViewOutdated


def seen_spec(spec: TableSpec, view: ViewShape | None) -> TableSpec:
    """The columns as whoever reads the view sees them, with the table's key if the view shows all of it.

    Raises ViewOutdated where the table has a column no more.
    """
    if view is None or not view.columns:
        return spec
    known = {column.name: column for column in spec.columns}
    missing = [source for source, _ in view.columns if source not in known]
    if missing:
        raise ViewOutdated(view.name, missing)
    shown: dict[str, str] = {}
    for source, name in view.columns:
        shown.setdefault(source, name)
    key = tuple(shown.get(name, "") for name in spec.primary_key)
    columns = tuple(replace(known[source], name=name) for source, name in view.columns)
    return TableSpec(columns, key if all(key) else ())


def has_row_numbers(spec: TableSpec, view: ViewShape | None = None) -> bool:
    """Whether `rowid` is the number of a row: no column of the table, and none of the view, is called so."""
    names = [*spec.column_names, *(name for _, name in (view.columns if view else ()))]
    return all(name.lower() != "rowid" for name in names)


def view_query(table: str, spec: TableSpec, view: ViewShape, *, numbered: bool = False) -> str:
    """The view as a query over `table`, a qualified and quoted name; `numbered` adds `rowid`.

    Values are literals: what is kept as a definition cannot bind any. Raises ViewOutdated, FilterRefused.
    """
    seen_spec(spec, view)
    columns = [f"{quote_identifier(source)} AS {quote_identifier(name)}" for source, name in view.columns]
    condition = condition_text(RowSelection(table=view.name, filters=view.filters), spec)
    names = ", ".join([*(["rowid"] if numbered else []), *(columns or ["*"])])
    return f"SELECT {names} FROM {table}" + (f" WHERE {condition}" if condition else "")  # noqa: S608 - all quoted


def seen_table(table: str, spec: TableSpec, view: ViewShape | None) -> str:
    """What stands behind FROM to read the table as the view shows it, with its row numbers if it has such."""
    if view is None:
        return table
    return f"({view_query(table, spec, view, numbered=has_row_numbers(spec, view))})"

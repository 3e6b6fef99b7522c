"""Bringing the shape of a table into its one canonical form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from storage.engine.expressions import check_default
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.type_grammar import TypeTree, canonical_type, parse_type
from storage.errors import InvalidColumn, InvalidName

__all__ = ["TypeTree", "canonical_type", "check_column_name", "normalize_column", "normalize_spec", "parse_type"]

MAX_COLUMN_NAME_CHARACTERS = 128
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def normalize_spec(spec: TableSpec) -> TableSpec:
    """The same table with canonical types, key columns NOT NULL, names and defaults checked.

    Raises InvalidName for a column name that breaks the rules, InvalidColumn for a name taken twice (also in the key),
    an unknown type or a default that is no constant. Whether the key names columns at all is for the caller to check.
    """
    if not spec.columns:
        raise InvalidColumn("A table needs at least one column.")
    repeated = _first_repeated(spec.column_names)
    if repeated is not None:
        raise InvalidColumn(f"Column {repeated} occurs twice. Column names are compared without regard to case.")
    repeated = _first_repeated(spec.primary_key)
    if repeated is not None:
        raise InvalidColumn(f"Column {repeated} occurs twice in the primary key.")
    key = frozenset(spec.primary_key)
    columns = tuple(normalize_column(column, in_key=column.name in key) for column in spec.columns)
    return replace(spec, columns=columns)


def normalize_column(column: ColumnSpec, *, in_key: bool = False) -> ColumnSpec:
    """One column in canonical form; a column of the primary key is NOT NULL. Raises InvalidName and InvalidColumn."""
    check_column_name(column.name)
    type_text = canonical_type(column.type)
    default = None if column.default is None else check_default(column.default, type_text)
    length = column.length if type_text == "VARCHAR" else None
    return ColumnSpec(column.name, type_text, column.nullable and not in_key, default, length)


def check_column_name(name: str) -> None:
    """Raise InvalidName for a column name that is blank, too long or holds a double quote or control characters."""
    if not name.strip():
        raise InvalidName("column", name, "it is blank")
    if len(name) > MAX_COLUMN_NAME_CHARACTERS:
        raise InvalidName("column", name[:MAX_COLUMN_NAME_CHARACTERS], "it is longer than 128 characters")
    if '"' in name or _CONTROL.search(name):
        raise InvalidName("column", name, "double quotes and control characters are not allowed")


def _first_repeated(names: Sequence[str]) -> str | None:
    """The first name that equals an earlier one without regard to case."""
    seen: set[str] = set()
    for name in names:
        folded = name.casefold()
        if folded in seen:
            return name
        seen.add(folded)
    return None

"""Turns preview rows into the cells of a grid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

#: Longer texts get a tooltip, far longer ones are cut in the grid, and in the tooltip too.
SHORT_CHARACTERS = 30
CELL_CHARACTERS = 120
TOOLTIP_CHARACTERS = 2000
_NUMERIC = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


@dataclass(frozen=True)
class Cell:
    """`tooltip` is empty where the cell surely shows everything."""

    text: str
    tooltip: str = ""
    is_null: bool = False
    is_numeric: bool = False
    #: Its column's type refuses it.
    is_misfit: bool = False


@dataclass(frozen=True)
class Header:
    name: str
    type: str
    is_numeric: bool


@dataclass(frozen=True)
class Grid:
    headers: list[Header]
    rows: list[list[Cell]]


def grid_of(columns: list[dict[str, Any]], rows_json: bytes) -> Grid:
    """The grid of a preview; `columns` as a version describes them."""
    headers = [Header(column["name"], column["type"], is_numeric(column["type"])) for column in columns]
    rows = json.loads(rows_json)
    return Grid(headers, [[cell_of(row.get(header.name), header.is_numeric) for header in headers] for row in rows])


def is_numeric(type_name: str) -> bool:
    return type_name.split("(")[0] in _NUMERIC


def cell_of(value: Any, numeric: bool) -> Cell:
    """A value of a preview: long ones shortened, with what they are in the tooltip."""
    if value is None:
        return Cell("NULL", is_null=True, is_numeric=numeric)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= SHORT_CHARACTERS:
        return Cell(text, is_numeric=numeric)
    if len(text) <= CELL_CHARACTERS:
        return Cell(text, text, is_numeric=numeric)
    tooltip = text if len(text) <= TOOLTIP_CHARACTERS else f"{text[:TOOLTIP_CHARACTERS]}… ({len(text):,} characters)"
    return Cell(f"{text[: CELL_CHARACTERS - 1]}…", tooltip, is_numeric=numeric)

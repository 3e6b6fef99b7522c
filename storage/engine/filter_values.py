"""How a filter's value meets a column: the SQL of both sides of the comparison, by the column's type."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from storage.engine.specs import ColumnSpec
from storage.engine.sql import quote_identifier
from storage.engine.type_grammar import TypeTree, parse_type
from storage.errors import FilterRefused

#: The type in SQL of each type that a filter or an order can name; texts stay what they are.
SQL_TYPES = {
    "INTEGER": "BIGINT",
    "BIGINT": "BIGINT",
    "DOUBLE": "DOUBLE",
    "REAL": "DOUBLE",
    "DECIMAL": "DOUBLE",
    "TIMESTAMP": "TIMESTAMP",
}
#: Values of these types are stored and shown; no filter compares them.
UNFILTERABLE_TYPES = ("BLOB", "JSON", "LIST", "ARRAY", "STRUCT", "MAP", "UNION", "INTERVAL")
TEXTS = frozenset({"VARCHAR", "ENUM"})
_INTEGERS = frozenset("TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split())
NUMBERS = _INTEGERS | {"FLOAT", "DOUBLE", "DECIMAL"}
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"})
_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
MOMENTS = _TIMESTAMPS | {"DATE", "TIMESTAMP_NS", _WITH_ZONE}

_WHOLE = re.compile(r"[+-]?\d{1,60}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SECONDS = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12})?", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1)
_MOST_DIGITS = 38

#: Makes a text a parameter or a literal, and says what stands for it in the SQL.
Write = Callable[[str], str]


class Sides(NamedTuple):
    """Both sides of a comparison in SQL; a value that cannot be one of the column's is NULL, which matches nothing."""

    column: str
    values: tuple[str, ...]


def filterable_type(column: ColumnSpec) -> TypeTree:
    """The column's type. Raises FilterRefused for one that no filter compares."""
    tree = parse_type(column.type)
    if tree.kind in UNFILTERABLE_TYPES:
        raise FilterRefused(
            f'Filtering by column "{column.name}" of type "{column.type}" is not supported by the backend "duckdb"'
        )
    return tree


def sides(column: ColumnSpec, data_type: str, values: Sequence[str], write: Write) -> Sides:
    """The column and these values, comparable with each other. Raises FilterRefused."""
    tree, name = filterable_type(column), quote_identifier(column.name)
    if tree.kind in TEXTS:
        return _texts(f"CAST({name} AS VARCHAR)" if tree.kind == "ENUM" else name, data_type, values, write)
    if tree.kind in _INTEGERS:
        return _integers(name, tree.text, values, write)
    if tree.kind == "DECIMAL":
        return _decimals(name, tree, values, write)
    if tree.kind in MOMENTS:
        return _moments(name, tree.kind, [_moment_text(value, data_type) for value in values], write)
    return _cast(name, tree.text, values, write)


def moment(text: str) -> datetime.datetime | None:
    """UTC without a zone, of unix seconds or ISO 8601, where a text without a zone is UTC; None for anything else."""
    stripped = text.strip()
    try:
        if _SECONDS.fullmatch(stripped):
            return _EPOCH + datetime.timedelta(microseconds=int(Decimal(stripped) * 1_000_000))
        found = datetime.datetime.fromisoformat(stripped)
        return found if found.tzinfo is None else found.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _cast(column: str, sql_type: str, values: Sequence[str | None], write: Write) -> Sides:
    return Sides(
        column, tuple("NULL" if value is None else f"TRY_CAST({write(value)} AS {sql_type})" for value in values)
    )


def _texts(column: str, data_type: str, values: Sequence[str], write: Write) -> Sides:
    sql_type = SQL_TYPES.get(data_type)
    if sql_type is None:
        return Sides(column, tuple(map(write, values)))
    if sql_type == "TIMESTAMP":
        values = [_moment_text(value, data_type) for value in values]
    return _cast(f"TRY_CAST({column} AS {sql_type})", sql_type, values, write)


def _integers(column: str, sql_type: str, values: Sequence[str], write: Write) -> Sides:
    """Whole numbers exactly. DuckDB would round a text with a fraction, and 2.5 is not 3."""
    numbers = [_number(value) for value in values]
    whole = all(number is None or _WHOLE.fullmatch(number) for number in numbers)
    return _cast(column, sql_type if whole else "DOUBLE", numbers, write)


def _decimals(column: str, tree: TypeTree, values: Sequence[str], write: Write) -> Sides:
    """With as many digits after the point as the longest value has, where both sides fit that type."""
    numbers = [number if number is None else f"{Decimal(number):f}" for number in map(_number, values)]
    scale = max([tree.scale, *(len(number.partition(".")[2]) for number in numbers if number)])
    before_point = int(tree.text.partition("(")[2].partition(",")[0]) - tree.scale
    fits = before_point + scale <= _MOST_DIGITS
    return _cast(column, f"DECIMAL({_MOST_DIGITS},{scale})" if fits else "DOUBLE", numbers, write)


def _number(text: str) -> str | None:
    stripped = text.strip()
    return stripped if _NUMBER.fullmatch(stripped) else None


def _moment_text(text: str, data_type: str) -> str:
    """In UTC where it says which zone it is in; what is no ISO 8601 is left to DuckDB, which may know it."""
    if _SECONDS.fullmatch(text.strip()) and data_type != "TIMESTAMP":
        return text
    found = moment(text)
    return text if found is None else found.isoformat(sep=" ")


def _moments(column: str, kind: str, values: Sequence[str], write: Write) -> Sides:
    if kind == "DATE":
        dates = all(value.strip().removesuffix(" 00:00:00").count(":") == 0 for value in values)
        if dates:
            return _cast(column, "DATE", values, write)
        # A moment within a day is no date: neither equal to it nor before it.
        return _cast(f"TRY_CAST({column} AS TIMESTAMP)", "TIMESTAMP", values, write)
    if kind == _WITH_ZONE:
        return _cast(f"({column} AT TIME ZONE 'UTC')", "TIMESTAMP", values, write)
    return _cast(column, "TIMESTAMP" if kind in _TIMESTAMPS else kind, values, write)

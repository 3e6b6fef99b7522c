"""Logical types of DuckDB as text in its canonical spelling, and from text for the values of parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p
from functools import cache

from storage.engine.connection import scratch_instance
from storage.engine.native.library import library, take_text

#: duckdb_type of the types that have no parameters.
SIMPLE_TYPES = {
    "BOOLEAN": 1,
    "TINYINT": 2,
    "SMALLINT": 3,
    "INTEGER": 4,
    "BIGINT": 5,
    "UTINYINT": 6,
    "USMALLINT": 7,
    "UINTEGER": 8,
    "UBIGINT": 9,
    "FLOAT": 10,
    "DOUBLE": 11,
    "TIMESTAMP": 12,
    "DATE": 13,
    "TIME": 14,
    "INTERVAL": 15,
    "HUGEINT": 16,
    "VARCHAR": 17,
    "BLOB": 18,
    "TIMESTAMP_S": 20,
    "TIMESTAMP_MS": 21,
    "TIMESTAMP_NS": 22,
    "UUID": 27,
    "BIT": 29,
    "TIME WITH TIME ZONE": 30,
    "TIMESTAMP WITH TIME ZONE": 31,
    "UHUGEINT": 32,
    "ANY": 34,
    "BIGNUM": 35,
    '"NULL"': 36,
    "STRING_LITERAL": 37,
    "INTEGER_LITERAL": 38,
    "TIME_NS": 39,
    "GEOMETRY": 40,
    "VARIANT": 41,
}
_DECIMAL, _ENUM, _LIST, _STRUCT, _MAP, _UNION, _ARRAY = 19, 23, 24, 25, 26, 28, 33
_NAMES = {number: name for name, number in SIMPLE_TYPES.items()}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DECIMAL_TEXT = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)\Z")


@contextmanager
def owned_type(handle: int | None) -> Iterator[int | None]:
    """Destroy a logical type that DuckDB gave away."""
    try:
        yield handle
    finally:
        destroy_type(handle)


def destroy_type(handle: int | None) -> None:
    if handle:
        library.destroy_logical_type(byref(c_void_p(handle)))


def type_text(handle: int) -> str:
    """The type as `typeof` prints it. The caller keeps the handle."""
    alias = take_text(library.logical_type_get_alias(handle))
    if alias:
        return alias
    number = library.get_type_id(handle)
    writer = _WRITERS.get(number)
    return writer(handle) if writer else _NAMES.get(number, "UNKNOWN")


def taken_type_text(handle: int | None) -> str | None:
    """As `type_text`, and the handle is destroyed. None for no handle and for a type that DuckDB does not know yet."""
    with owned_type(handle) as kept:
        if not kept or library.get_type_id(kept) == 0:
            return None
        return type_text(kept)


def make_type(text: str) -> int | None:
    """A handle of the type spelled so, which the caller destroys; None for a type that cannot be made from its text.

    Scalars, decimals and lists of these can.
    """
    if text.endswith("[]"):
        with owned_type(make_type(text[:-2])) as child:
            return library.create_list_type(child) if child else None
    decimal = _DECIMAL_TEXT.match(text)
    if decimal:
        return library.create_decimal_type(int(decimal[1]), int(decimal[2]))
    number = SIMPLE_TYPES.get(text)
    return library.create_logical_type(number) if number else None


def _decimal(handle: int) -> str:
    return f"DECIMAL({library.decimal_width(handle)},{library.decimal_scale(handle)})"


def _enum(handle: int) -> str:
    size = library.enum_dictionary_size(handle)
    labels = (take_text(library.enum_dictionary_value(handle, index)) or "" for index in range(size))
    quoted = ("'" + label.replace("'", "''") + "'" for label in labels)
    return f"ENUM({', '.join(quoted)})"


def _list(handle: int) -> str:
    return f"{taken_type_text(library.list_type_child_type(handle))}[]"


def _array(handle: int) -> str:
    return f"{taken_type_text(library.array_type_child_type(handle))}[{library.array_type_array_size(handle)}]"


def _map(handle: int) -> str:
    key = taken_type_text(library.map_type_key_type(handle))
    return f"MAP({key}, {taken_type_text(library.map_type_value_type(handle))})"


def _struct(handle: int) -> str:
    members = []
    for index in range(library.struct_type_child_count(handle)):
        name = take_text(library.struct_type_child_name(handle, index))
        member = taken_type_text(library.struct_type_child_type(handle, index))
        members.append(f"{_quoted_if_needed(name)} {member}" if name else str(member))
    return f"STRUCT({', '.join(members)})"


def _union(handle: int) -> str:
    members = []
    for index in range(library.union_type_member_count(handle)):
        name = take_text(library.union_type_member_name(handle, index)) or ""
        members.append(f"{_quoted_if_needed(name)} {taken_type_text(library.union_type_member_type(handle, index))}")
    return f"UNION({', '.join(members)})"


_WRITERS: dict[int, Callable[[int], str]] = {
    _DECIMAL: _decimal,
    _ENUM: _enum,
    _LIST: _list,
    _ARRAY: _array,
    _MAP: _map,
    _STRUCT: _struct,
    _UNION: _union,
}


def _quoted_if_needed(name: str) -> str:
    if _PLAIN_NAME.match(name) and name.lower() not in _keywords():
        return name
    return '"' + name.replace('"', '""') + '"'


@cache
def _keywords() -> frozenset[str]:
    """The words that DuckDB puts quotes around."""
    with scratch_instance() as connection:
        rows = connection.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()
    return frozenset(name for (name,) in rows)

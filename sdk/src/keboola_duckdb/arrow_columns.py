"""Columns of a table for an Arrow schema, and the optional packages that frames need."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from keboola_duckdb.errors import ConfigurationError

_MAX_DECIMAL_WIDTH = 38


def optional_package(name: str, *, extra: str) -> Any:
    """The package. Raises ConfigurationError that says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        root = name.partition(".")[0]
        message = f"This needs {root}, which is not installed: pip install 'keboola-duckdb-sdk[{extra}]'"
        raise ConfigurationError(message) from error


def columns_of_schema(schema: Any) -> dict[str, str]:
    """Names and DuckDB's types of a `pyarrow.Schema`. Raises ConfigurationError for what no table can hold."""
    return {field.name: _type_of(field.type, field.name) for field in schema}


def _type_of(kind: Any, column: str) -> str:
    types = optional_package("pyarrow", extra="arrow").types
    for fits, name in _PLAIN:
        if getattr(types, fits)(kind):
            return name
    for fits, make in _WITH_PARTS:
        if getattr(types, fits)(kind):
            return make(kind, column)
    raise ConfigurationError(f"Column {column}: there is no type for {kind}. Give `columns`, or convert it before.")


def _timestamp(kind: Any, column: str) -> str:
    if kind.tz is not None:
        return "TIMESTAMP WITH TIME ZONE"
    return "TIMESTAMP_NS" if kind.unit == "ns" else "TIMESTAMP"


def _decimal(kind: Any, column: str) -> str:
    if kind.precision > _MAX_DECIMAL_WIDTH or kind.scale < 0:
        raise ConfigurationError(f"Column {column}: {kind} has more digits than DECIMAL(38) holds. Convert it before.")
    return f"DECIMAL({kind.precision},{kind.scale})"


def _list(kind: Any, column: str) -> str:
    return f"{_type_of(kind.value_type, column)}[]"


def _struct(kind: Any, column: str) -> str:
    members = (kind.field(at) for at in range(kind.num_fields))
    inside = ", ".join(f"{_quoted(member.name)} {_type_of(member.type, column)}" for member in members)
    return f"STRUCT({inside})"


def _map(kind: Any, column: str) -> str:
    return f"MAP({_type_of(kind.key_type, column)}, {_type_of(kind.item_type, column)})"


def _dictionary(kind: Any, column: str) -> str:
    return _type_of(kind.value_type, column)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


#: Names of functions of `pyarrow.types`, and what a column of such a type becomes.
_PLAIN = (
    ("is_boolean", "BOOLEAN"),
    ("is_int8", "TINYINT"),
    ("is_int16", "SMALLINT"),
    ("is_int32", "INTEGER"),
    ("is_int64", "BIGINT"),
    ("is_uint8", "UTINYINT"),
    ("is_uint16", "USMALLINT"),
    ("is_uint32", "UINTEGER"),
    ("is_uint64", "UBIGINT"),
    ("is_float16", "FLOAT"),
    ("is_float32", "FLOAT"),
    ("is_float64", "DOUBLE"),
    ("is_string", "VARCHAR"),
    ("is_large_string", "VARCHAR"),
    ("is_null", "VARCHAR"),
    ("is_binary", "BLOB"),
    ("is_large_binary", "BLOB"),
    ("is_fixed_size_binary", "BLOB"),
    ("is_date", "DATE"),
    ("is_time", "TIME"),
    ("is_duration", "BIGINT"),
)
_WITH_PARTS: tuple[tuple[str, Callable[[Any, str], str]], ...] = (
    ("is_timestamp", _timestamp),
    ("is_decimal", _decimal),
    ("is_list", _list),
    ("is_large_list", _list),
    ("is_fixed_size_list", _list),
    ("is_struct", _struct),
    ("is_map", _map),
    ("is_dictionary", _dictionary),
)

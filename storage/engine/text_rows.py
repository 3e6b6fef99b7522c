"""Rows of any query as texts: one column of text for each of its columns, NULL as the empty text."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.engine.connection import scratch_instance
from storage.engine.preview_json import encoded_scalar_sql
from storage.engine.type_grammar import parse_type
from storage.errors import InvalidColumn

_BATCH = "text_rows_batch"
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_NESTED = frozenset({"LIST", "ARRAY", "STRUCT", "MAP", "UNION"})


def text_rows_sql(query: str, types: Sequence[str]) -> str:
    """A query for the texts of `query`, whose columns have these types, in its order."""
    names = _names(len(types))
    texts = ", ".join(f"{_text(name, kind)} AS {name}" for name, kind in zip(names, types, strict=True))
    return f"SELECT {texts} FROM ({query}\n) AS q({', '.join(names)})"  # noqa: S608 - a query that may run


def text_rows(batch: pa.RecordBatch, types: Sequence[str]) -> pa.RecordBatch:
    """The same for rows that are there already: for statements that cannot be a part of a query."""
    names = _names(len(types))
    columns = [
        # DuckDB cannot read back the wide decimals in which its own HUGEINT travels.
        column.cast(pa.string()) if pa.types.is_decimal256(column.type) else column
        for column in batch.columns
    ]
    texts = ", ".join(_text(name, kind, cast=True) + f" AS {name}" for name, kind in zip(names, types, strict=True))
    with scratch_instance() as connection:
        connection.register(_BATCH, pa.table(columns, names=names))
        try:
            return connection.execute(f"SELECT {texts} FROM {_BATCH}").to_arrow_table().combine_chunks().to_batches()[0]  # noqa: S608
        finally:
            connection.unregister(_BATCH)


def _names(count: int) -> list[str]:
    return [f"c{index}" for index in range(count)]


def _text(name: str, type_text: str, *, cast: bool = False) -> str:
    try:
        kind = parse_type(type_text).kind
    except InvalidColumn:
        # No table of a project can have such a type, GEOMETRY or a bare NULL.
        return f"coalesce(CAST({name} AS VARCHAR), '')"
    return f"coalesce({_known_text(f'CAST({name} AS {type_text})' if cast else name, kind, type_text)}, '')"


def _known_text(value: str, kind: str, type_text: str) -> str:
    if kind in _NESTED:
        return encoded_scalar_sql(value, type_text)
    if kind == "BLOB":
        return f"lower(hex({value}))"
    if kind == "DECIMAL":
        # DuckDB leaves out the zero before the point where the type has no digit for it.
        return f"regexp_replace(CAST({value} AS VARCHAR), '^(-?)[.]', '\\10.')"
    if kind in _TIMESTAMPS:
        return _timestamp(f"CAST({value} AS TIMESTAMP)", "")
    if kind == "TIMESTAMP WITH TIME ZONE":
        return _timestamp(f"({value} AT TIME ZONE 'UTC')", "+00:00")
    return f"CAST({value} AS VARCHAR)"


def _timestamp(value: str, offset: str) -> str:
    """All six digits of the fraction, or none of them. What is endless stays in DuckDB's spelling."""
    whole = f"strftime({value}, '%Y-%m-%d %H:%M:%S')"
    exact = f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f')"
    text = f"CASE WHEN microsecond({value}) % 1000000 = 0 THEN {whole} ELSE {exact} END"
    return f"CASE WHEN isfinite({value}) THEN {text} || '{offset}' ELSE CAST({value} AS VARCHAR) END"

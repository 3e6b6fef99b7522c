"""Rows of any query as JSON arrays, each value by the rule of the contract's preview (`preview_json`)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.engine.connection import scratch_instance
from storage.engine.preview_json import encoded_scalar_sql
from storage.engine.sql import quote_literal
from storage.engine.type_grammar import parse_type
from storage.errors import InvalidColumn

_BATCH = "json_rows_batch"


def json_rows_sql(query: str, types: Sequence[str]) -> str:
    """A query for one column: the JSON text of each row of `query`, whose columns have these types, in its order."""
    names = _names(len(types))
    encoded = _row(names, types)
    return f"SELECT {encoded} AS row FROM ({query}\n) AS q({', '.join(names)})"  # noqa: S608 - a query that may run


def json_rows(batch: pa.RecordBatch, types: Sequence[str]) -> list[str]:
    """The same for rows that are there already: for statements that cannot be a part of a query."""
    names = _names(len(types))
    columns = [_readable(column) for column in batch.columns]
    cast = ", ".join(f"CAST({name} AS {_known(kind)}) AS {name}" for name, kind in zip(names, types, strict=True))
    with scratch_instance() as connection:
        connection.register(_BATCH, pa.table(columns, names=names))
        try:
            found = connection.execute(f"SELECT {_row(names, types)} FROM (SELECT {cast} FROM {_BATCH})")  # noqa: S608
            return [text for (text,) in found.fetchall()]
        finally:
            connection.unregister(_BATCH)


def _names(count: int) -> list[str]:
    return [f"c{index}" for index in range(count)]


def _row(names: Sequence[str], types: Sequence[str]) -> str:
    parts = [
        f"{quote_literal('[' if index == 0 else ',')}, coalesce({_encoded(name, kind)}, 'null')"
        for index, (name, kind) in enumerate(zip(names, types, strict=True))
    ]
    return f"concat({', '.join([*parts, quote_literal(']')])})" if parts else "'[]'"


def _encoded(name: str, kind: str) -> str:
    known = _known(kind)
    return encoded_scalar_sql(name if known == kind else f"CAST({name} AS {known})", known)


def _known(kind: str) -> str:
    """Types that no table of a project can have, such as GEOMETRY or a bare NULL, are shown as text."""
    try:
        parse_type(kind)
    except InvalidColumn:
        return "VARCHAR"
    return kind


def _readable(column: pa.Array) -> pa.Array:
    """DuckDB cannot read back the wide decimals in which its own HUGEINT travels."""
    return column.cast(pa.string()) if pa.types.is_decimal256(column.type) else column

"""Which texts do not convert to a type: what a load would refuse of the rows that somebody looks at."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from storage.engine.connection import scratch_instance
from storage.engine.load_source import TEXT_TYPES
from storage.engine.type_grammar import canonical_type
from storage.errors import InvalidColumn

#: More columns nobody looks at.
MOST_COLUMNS = 300


def misfits(types: Sequence[str], rows: Sequence[Sequence[str | None]]) -> set[tuple[int, int]]:
    """Row and column of each value that its column's type refuses; empty texts are never refused.

    Of the first columns only, and of few and short values: it blocks who else parses SQL. A type that nobody knows
    refuses nothing here.
    """
    known = [_known(type_name) for type_name in types[:MOST_COLUMNS]]
    found: set[tuple[int, int]] = set()
    with scratch_instance() as connection:
        for at, type_name in enumerate(known):
            if type_name is not None and type_name not in TEXT_TYPES:
                found |= {(number, at) for number in _refused(connection, type_name, [row[at] for row in rows])}
    return found


def _known(type_name: str) -> str | None:
    try:
        return canonical_type(type_name)
    except InvalidColumn:
        return None


def _refused(connection: duckdb.DuckDBPyConnection, type_name: str, values: Sequence[str | None]) -> list[int]:
    try:
        fits = connection.execute(
            f"SELECT TRY_CAST(unnest($values) AS {type_name}) IS NOT NULL",  # noqa: S608 - of the grammar of types
            {"values": [value or None for value in values]},
        ).fetchall()
    except duckdb.Error:  # a type that no text becomes
        return []
    return [number for number, (is_fitting,) in enumerate(fits) if values[number] and not is_fitting]

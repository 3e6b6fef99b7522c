"""Comparing two versions of a table: which rows were added, removed and changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from storage.engine.errors import translated_errors
from storage.engine.monitor import Monitor
from storage.engine.preview_json import encoded_object_sql
from storage.engine.specs import Comparison, TableSpec
from storage.engine.sql import quote_identifier, quote_identifiers

EXAMPLES = 20
_LONGEST_VALUE = 300
#: The keys of the changed rows that are shown.
_SHOWN = "temp.main.shown"


@dataclass(frozen=True)
class _Shared:
    """A column that both versions have. Where its type has changed its values are compared as text."""

    name: str
    is_retyped: bool
    type: str

    def sql(self, side: str) -> str:
        value = f"{side}.{quote_identifier(self.name)}"
        return f"CAST({value} AS VARCHAR)" if self.is_retyped else value

    @property
    def differs(self) -> str:
        return f"{self.sql('older')} IS DISTINCT FROM {self.sql('newer')}"


@dataclass(frozen=True)
class _Versions:
    """What is compared: qualified and quoted names of both tables, and their shapes."""

    connection: duckdb.DuckDBPyConnection
    older: str
    newer: str
    older_spec: TableSpec
    newer_spec: TableSpec
    monitor: Monitor

    @property
    def shared(self) -> list[_Shared]:
        before = {column.name: column.type for column in self.older_spec.columns}
        return [
            _Shared(column.name, before[column.name] != column.type, column.type)
            for column in self.newer_spec.columns
            if column.name in before
        ]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns by which rows can be paired; empty if the key is not the same in both, or there is none."""
        same = {column.name for column in self.shared if not column.is_retyped}
        key = self.newer_spec.primary_key
        return key if set(key) == set(self.older_spec.primary_key) and set(key) <= same else ()

    def rows(self, sql: str, start: float, end: float) -> list[tuple[Any, ...]]:
        with self.monitor.phase(self.connection, start, end):
            return self.connection.execute(sql).fetchall()


def compare_versions(
    *,
    connection: duckdb.DuckDBPyConnection,
    older: str,
    newer: str,
    older_spec: TableSpec,
    newer_spec: TableSpec,
    monitor: Monitor,
) -> Comparison:
    """What changed from the older to the newer table, both qualified and quoted names.

    Rows are paired by the primary key if both have the same; else whole rows are counted. Columns that only one of
    them has do not make a row a changed one. The connection must be one of its own with the time zone UTC.
    """
    versions = _Versions(connection, older, newer, older_spec, newer_spec, monitor)
    with translated_errors(monitor):
        return _by_key(versions) if versions.key else _by_rows(versions)


def _by_key(versions: _Versions) -> Comparison:
    key = versions.key
    others = [column for column in versions.shared if column.name not in key]
    added, removed, changed, unchanged, *differing = _counts(versions, others)
    return Comparison(
        key=key,
        added=added,
        removed=removed,
        changed=changed,
        unchanged=unchanged,
        changed_columns={column.name: count for column, count in zip(others, differing, strict=True) if count},
        added_examples=_unpaired(versions, versions.newer, versions.older, versions.newer_spec) if added else [],
        removed_examples=_unpaired(versions, versions.older, versions.newer, versions.older_spec) if removed else [],
        changed_examples=_changed(versions, others) if changed else [],
    )


def _pairs(versions: _Versions, how: str) -> str:
    same = " AND ".join(f"older.{name} = newer.{name}" for name in map(quote_identifier, versions.key))
    return f"FROM {versions.older} AS older {how} JOIN {versions.newer} AS newer ON {same}"


def _any_differs(others: Sequence[_Shared]) -> str:
    return f"({' OR '.join(column.differs for column in others)})" if others else "false"


def _counts(versions: _Versions, others: Sequence[_Shared]) -> list[int]:
    """Added, removed, changed and unchanged rows, then the changes of each of the other columns."""
    # No row has a key of NULL: where it is, there is no such row.
    first = quote_identifier(versions.key[0])
    is_old, is_new = f"older.{first} IS NOT NULL", f"newer.{first} IS NOT NULL"
    differs = _any_differs(others)
    conditions = [
        f"NOT ({is_old})",
        f"NOT ({is_new})",
        f"{is_old} AND {is_new} AND {differs}",
        f"{is_old} AND {is_new} AND NOT {differs}",
        *(f"{is_old} AND {is_new} AND {column.differs}" for column in others),
    ]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
    [row] = versions.rows(f"SELECT {counts} {_pairs(versions, 'FULL')}", 0.0, 0.6)
    return [int(count) for count in row]


def _unpaired(versions: _Versions, table: str, other: str, spec: TableSpec) -> list[dict[str, Any]]:
    """Rows of the one table whose key the other has not."""
    key = quote_identifiers(versions.key)
    source = f"SELECT * FROM {table} ANTI JOIN {other} USING ({key}) ORDER BY {key} LIMIT {EXAMPLES}"  # noqa: S608
    return _encoded(versions, source, spec, 0.7)


def _changed(versions: _Versions, others: Sequence[_Shared]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Both states of rows that differ, in the order of the key."""
    key = quote_identifiers(versions.key)
    names = ", ".join(f"newer.{name}" for name in map(quote_identifier, versions.key))
    found = f"SELECT {names} {_pairs(versions, 'INNER')} WHERE {_any_differs(others)} ORDER BY {names} LIMIT {EXAMPLES}"
    versions.rows(f"CREATE TEMPORARY TABLE shown AS {found}", 0.7, 0.9)
    older, newer = (
        _encoded(versions, f"SELECT * FROM {table} SEMI JOIN {_SHOWN} USING ({key}) ORDER BY {key}", spec, 0.9)  # noqa: S608
        for table, spec in ((versions.older, versions.older_spec), (versions.newer, versions.newer_spec))
    )
    return list(zip(older, newer, strict=True))


def _by_rows(versions: _Versions) -> Comparison:
    """Without a key: how many rows of each side the other has not, equal rows counted as often as they occur."""
    added, added_examples = _left_over(versions, versions.newer, versions.older, 0.0)
    removed, removed_examples = _left_over(versions, versions.older, versions.newer, 0.5)
    [(total,)] = versions.rows(f"SELECT count(*) FROM {versions.newer}", 1.0, 1.0)  # noqa: S608 - the name is quoted
    return Comparison((), added, removed, 0, int(total) - added, {}, added_examples, removed_examples, [])


def _left_over(versions: _Versions, table: str, other: str, start: float) -> tuple[int, list[dict[str, Any]]]:
    columns = versions.shared
    if not columns:
        [(count,)] = versions.rows(f"SELECT count(*) FROM {table}", start, start)  # noqa: S608 - the name is quoted
        return int(count), []
    listed = ", ".join(f"{column.sql('side')} AS {quote_identifier(column.name)}" for column in columns)
    rows = f"SELECT {listed} FROM {table} AS side EXCEPT ALL SELECT {listed} FROM {other} AS side"  # noqa: S608
    [(count,)] = versions.rows(f"SELECT count(*) FROM ({rows})", start, start + 0.4)  # noqa: S608
    shown = [(column.name, "VARCHAR" if column.is_retyped else column.type) for column in columns]
    encoded = encoded_object_sql(shown, cut=_LONGEST_VALUE)
    examples = f"SELECT {encoded} FROM ({rows}) LIMIT {EXAMPLES}" if count else "SELECT 1 WHERE false"  # noqa: S608
    return int(count), [json.loads(row[0]) for row in versions.rows(examples, start + 0.4, start + 0.5)]


def _encoded(versions: _Versions, source: str, spec: TableSpec, start: float) -> list[dict[str, Any]]:
    columns = [(column.name, column.type) for column in spec.columns]
    sql = f"SELECT {encoded_object_sql(columns, cut=_LONGEST_VALUE)} FROM ({source})"  # noqa: S608 - names are quoted
    return [json.loads(row[0]) for row in versions.rows(sql, start, start + 0.1)]

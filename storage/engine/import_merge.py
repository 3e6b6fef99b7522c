"""How imported rows meet those of a table: duplicates removed, changed rows replaced, new ones added, set by set.

Replaced rows are deleted and added again: DuckDB keeps what UPDATE changes in memory, which a large table would fill.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from storage.engine.import_plan import ImportPlan
from storage.engine.import_specs import TIMESTAMP_COLUMN
from storage.engine.load_source import Reading
from storage.engine.merge import count_of, same_key
from storage.engine.specs import TableSpec
from storage.engine.sql import create_table_sql, quote_identifier, quote_identifiers
from storage.errors import DuplicateKey, ImportFailed

#: Rows wait here, in the order of the source, until they are known to be good.
INCOMING = "temp.main.incoming"
_CHANGED = "temp.main.changed"
_SHOWN_KEYS = 10


def make_incoming(connection: duckdb.DuckDBPyConnection, plan: ImportPlan, supplied: Sequence[str]) -> None:
    """An empty table of the columns that the source supplies, and of those of the key, which may have defaults."""
    wanted = {*supplied, *plan.key}
    columns = tuple(column for column in plan.spec.columns if column.name in wanted)
    sql = create_table_sql(TableSpec(columns), INCOMING)
    connection.execute(sql.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))


def drop_incoming(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"DROP TABLE {INCOMING}")


def insert_reading(
    connection: duckdb.DuckDBPyConnection, table: str, reading: Reading, constants: Sequence[tuple[str, str]] = ()
) -> int:
    """Insert the rows of a reading in their order, with constant columns (name, SQL); returns how many."""
    names = [column.name for column in reading.targets] + [name for name, _ in constants]
    values = ", ".join([*reading.values, *(value for _, value in constants)])
    return count_of(
        connection,
        f"INSERT INTO {table} ({quote_identifiers(names)}) SELECT {values} FROM {reading.relation}",
        reading.parameters,
    )


def require_key_values(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> None:
    """Raise ImportFailed if a column of the key holds NULL."""
    for name in key:
        quoted = quote_identifier(name)
        if count_of(connection, f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {quoted} IS NULL LIMIT 1)"):
            raise ImportFailed(f"Column {name} is part of the key and must not be NULL.", details={"column": name})


def refuse_repeated(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], *, mode: str) -> None:
    """Raise DuplicateKey if a key occurs twice; the message names some."""
    names = quote_identifiers(key)
    total = count_of(connection, f"SELECT count(*) FROM {table}")
    if total == count_of(connection, f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {table})"):
        return
    repeated = f"SELECT {names}, min(rowid) AS first_row FROM {table} GROUP BY {names} HAVING count(*) > 1"
    _refuse(connection, repeated, key, "occur more than once in the source", mode)


def refuse_existing(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], *, mode: str) -> None:
    """Raise DuplicateKey if an incoming key is in the table already."""
    exists = f"EXISTS (SELECT 1 FROM {table} AS base WHERE {same_key('base', 'incoming', key)})"
    shared = f"SELECT {quote_identifiers(key)}, rowid AS first_row FROM {INCOMING} AS incoming WHERE {exists}"
    if count_of(connection, f"SELECT count(*) FROM ({shared})"):
        _refuse(connection, shared, key, "are in the table already", mode)


def _refuse(connection: duckdb.DuckDBPyConnection, rows: str, key: Sequence[str], what: str, mode: str) -> None:
    shown = ", ".join(f"left(CAST({quote_identifier(name)} AS VARCHAR), 100)" for name in key)
    total = count_of(connection, f"SELECT count(*) FROM ({rows})")
    found = connection.execute(f"SELECT {shown} FROM ({rows}) ORDER BY first_row LIMIT {_SHOWN_KEYS}").fetchall()
    examples = "; ".join(", ".join(f"{name}={value}" for name, value in zip(key, row, strict=True)) for row in found)
    rest = f" and {total - len(found)} more" if total > len(found) else ""
    raise DuplicateKey(f"keys that {what}: {examples}{rest}", dedup_mode=mode)


def merge_incoming(
    connection: duckdb.DuckDBPyConnection, table: str, plan: ImportPlan, supplied: Sequence[str], stamp: str | None
) -> None:
    """Replace the rows whose key is incoming, unique there, with other values. Unchanged rows are not touched."""
    compared = [name for name in supplied if name not in plan.key and name != TIMESTAMP_COLUMN]
    if not compared:
        return
    differs = " OR ".join(f"base.{name} IS DISTINCT FROM incoming.{name}" for name in map(quote_identifier, compared))
    values = ", ".join(
        f"{_merged(name, supplied, stamp)} AS value_{index}" for index, name in enumerate(plan.spec.column_names)
    )
    connection.execute(
        f"CREATE TEMPORARY TABLE {_CHANGED} AS SELECT base.rowid AS old_row, {values} "
        f"FROM {table} AS base JOIN {INCOMING} AS incoming ON {same_key('base', 'incoming', plan.key)} "
        f"WHERE {differs}"
    )
    names = quote_identifiers(plan.spec.column_names)
    fields = ", ".join(f"value_{index}" for index in range(len(plan.spec.columns)))
    connection.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT old_row FROM {_CHANGED})")
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {fields} FROM {_CHANGED}")
    connection.execute(f"DROP TABLE {_CHANGED}")


def _merged(name: str, supplied: Sequence[str], stamp: str | None) -> str:
    """What a column of a changed row is: of the source, the stamp, or what it was."""
    if name in supplied:
        return f"incoming.{quote_identifier(name)}"
    if name == TIMESTAMP_COLUMN and stamp is not None:
        return stamp
    return f"base.{quote_identifier(name)}"


def add_missing(
    connection: duckdb.DuckDBPyConnection, table: str, plan: ImportPlan, supplied: Sequence[str], stamp: str | None
) -> None:
    """Add the incoming rows whose key the table does not have."""
    filled = [name for name in plan.spec.column_names if name in supplied or name in plan.key]
    columns, values = quote_identifiers(filled), quote_identifiers(filled)
    if stamp is not None:
        columns, values = f"{columns}, {quote_identifier(TIMESTAMP_COLUMN)}", f"{values}, {stamp}"
    matches = same_key("base", "incoming", plan.key)
    connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {INCOMING} AS incoming "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} AS base WHERE {matches})"
    )

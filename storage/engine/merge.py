"""How rows of a file meet those of the table: append, replace and upsert, with keys enforced set-wise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from storage.engine.load_source import Reading
from storage.engine.specs import TableSpec
from storage.engine.sql import create_table_sql, quote_identifier, quote_identifiers
from storage.errors import DuplicateKey

# Rows of an upsert wait here, in file order, until they are known to be good.
_INCOMING = "temp.main.incoming"


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, reading: Reading) -> int:
    """Insert the file's rows in file order; returns how many."""
    names = quote_identifiers(column.name for column in reading.targets)
    return count_of(connection, f"INSERT INTO {table} ({names}) {reading.select}", reading.parameters)


def settle_duplicates(connection: duckdb.DuckDBPyConnection, *, table: str, key: Sequence[str], dedup_mode: str) -> int:
    """Leave one row of each key, the last inserted; returns how many went. Raises DuplicateKey in strict modes."""
    names = quote_identifiers(key)
    total = count_of(connection, f"SELECT count(*) FROM {table}")
    distinct = count_of(connection, f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {table})")
    if total == distinct:
        return 0
    if forbids_duplicates(dedup_mode):
        raise _repeated_in_file(connection, table, key, dedup_mode)
    return count_of(
        connection,
        f"DELETE FROM {table} AS old USING (SELECT {names}, max(rowid) AS last_row FROM {table} "
        f"GROUP BY {names} HAVING count(*) > 1) AS repeated "
        f"WHERE {same_key('old', 'repeated', key)} AND old.rowid < repeated.last_row",
    )


def forbids_duplicates(dedup_mode: str) -> bool:
    return dedup_mode in ("fail_on_duplicates", "insert_duplicates")


def collect_incoming(connection: duckdb.DuckDBPyConnection, spec: TableSpec, reading: Reading) -> int:
    """Read the file into a temporary table with the defaults and NOT NULL rules of the table; returns the row count."""
    connection.execute(create_table_sql(spec, _INCOMING).replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
    return insert_rows(connection, _INCOMING, reading)


def settle_incoming(connection: duckdb.DuckDBPyConnection, spec: TableSpec, dedup_mode: str) -> int:
    return settle_duplicates(connection, table=_INCOMING, key=spec.primary_key, dedup_mode=dedup_mode)


def merge_incoming(connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec, dedup_mode: str) -> int:
    """Bring the collected rows, unique by key, into the table; returns by how many rows it grew."""
    key = spec.primary_key
    matches = same_key("base", "incoming", key)
    if forbids_duplicates(dedup_mode):
        _refuse_existing(connection, table, key, dedup_mode)
        replaced, condition = 0, ""
    elif set(key) == set(spec.column_names):
        replaced, condition = 0, f" WHERE NOT EXISTS (SELECT 1 FROM {table} AS base WHERE {matches})"
    else:
        replaced = count_of(connection, f"DELETE FROM {table} AS base USING {_INCOMING} AS incoming WHERE {matches}")
        condition = ""
    names = quote_identifiers(spec.column_names)
    added = count_of(
        connection, f"INSERT INTO {table} ({names}) SELECT {names} FROM {_INCOMING} AS incoming{condition}"
    )
    return added - replaced


def drop_incoming(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"DROP TABLE {_INCOMING}")


def _refuse_existing(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], dedup_mode: str) -> None:
    matches = same_key("base", "incoming", key)
    shared = f"FROM {_INCOMING} AS incoming WHERE EXISTS (SELECT 1 FROM {table} AS base WHERE {matches})"
    existing = count_of(connection, f"SELECT count(*) {shared}")
    if existing:
        shown = _shown(key)
        [example] = connection.execute(f"SELECT {shown} {shared} ORDER BY incoming.rowid LIMIT 1").fetchall()
        raise DuplicateKey(
            f"{_keys(existing)} of the file {_verb(existing)} in the table already, "
            f"for example {_example(key, example)}",
            dedup_mode=dedup_mode,
        )


def _repeated_in_file(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], dedup_mode: str
) -> DuplicateKey:
    names = quote_identifiers(key)
    repeated = f"(SELECT {names}, min(rowid) AS first_row FROM {table} GROUP BY {names} HAVING count(*) > 1)"
    count = count_of(connection, f"SELECT count(*) FROM {repeated}")
    [example] = connection.execute(f"SELECT {_shown(key)} FROM {repeated} ORDER BY first_row LIMIT 1").fetchall()
    return DuplicateKey(
        f"{_keys(count)} {'occurs' if count == 1 else 'occur'} more than once in the file, "
        f"for example {_example(key, example)}",
        dedup_mode=dedup_mode,
    )


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"


def _shown(key: Sequence[str]) -> str:
    return ", ".join(f"left(CAST({quote_identifier(name)} AS VARCHAR), 100)" for name in key)


def _example(key: Sequence[str], values: Sequence[str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(key, values, strict=True))


def same_key(left: str, right: str, key: Sequence[str]) -> str:
    """The condition, as SQL, that two relations have the same key."""
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in map(quote_identifier, key))


def count_of(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None
) -> int:
    """The one number that a statement answers with."""
    [row] = connection.execute(sql, parameters or []).fetchall()
    return int(row[0])

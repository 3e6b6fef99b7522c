"""Putting the catalogs into an instance, and keeping the project's part of them up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from storage.engine.native import NativeConnection, prepare
from storage.engine.sql import quote_literal
from workspaces.pgcatalog.building import added_functions, catalog_script
from workspaces.pgcatalog.names import CATALOGS, NAMES_SCHEMA, PATH_VARIABLE, PG_SCHEMA
from workspaces.pgcatalog.project import ProjectRelation, project_rows
from workspaces.pgcatalog.reference import (
    INFORMATION_SCHEMA,
    PG_CATALOG,
    catalog_relations,
    fixed_relations,
    fixed_rows,
)
from workspaces.pgwire.values.types import BY_OID, MAX_DECIMAL_DIGITS, postgres_type, sql_name

VERSION = "PostgreSQL 15.0 (kbstore, DuckDB) on x86_64-pc-linux-gnu, 64-bit"
#: Where the fixed rows lie of relations that have others too.
_TABLES = {"pg_type": "kb_base_type", "pg_settings": "kb_setting"}
_NAMESPACES = {PG_CATALOG: 11, INFORMATION_SCHEMA: 13226}
_SCALARS = (
    "BOOLEAN TINYINT SMALLINT UTINYINT INTEGER USMALLINT BIGINT UINTEGER UBIGINT HUGEINT UHUGEINT BIGNUM FLOAT DOUBLE "
    "VARCHAR BLOB BIT DATE TIME TIME_NS TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS INTERVAL UUID JSON VARIANT "
    "GEOMETRY"
).split()
_ZONED = ("TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE")


def install(connection: NativeConnection, *, database: str, user: str, version: str = VERSION) -> None:
    """Make the catalogs of the workspace `database` in a database in memory, as its user `user` sees them.

    Once per instance, outside of a transaction; all sessions see them, inside a transaction that is older, too. Call
    `refresh` to show the project's tables.
    """
    # What a failure left half done is thrown away.
    connection.run(f"ATTACH OR REPLACE ':memory:' AS {CATALOGS}")
    with _transaction(connection):
        connection.run(catalog_script(database=database, user=user, version=version))
        for name in sorted(fixed_relations()):
            _fill(connection, _TABLES.get(name, name), fixed_rows(name), _catalog_columns(name))
        known = [{"oid": oid, "typname": known.name, "sql_name": sql_name(known)} for oid, known in BY_OID.items()]
        _fill(connection, "kb_known_type", [*known, *_names_of_other_types(set(BY_OID))], _KNOWN_TYPE)
        _fill(connection, "kb_type_of", _engine_types(), _TYPE_OF)
        _add_decimals(connection)
        _fill(connection, "kb_system_relation", _system_relations(), _SYSTEM_RELATION)


def install_names(connection: NativeConnection, *, database: str, user: str) -> None:
    """Make what words such as `current_user` stand for; each session has `NAMES_SCHEMA` in its search path.

    Once per instance, before the first session.
    """
    name = quote_literal(user)
    role = "current_user session_user user current_role".split()
    schema = f"coalesce((getvariable('{PATH_VARIABLE}')::VARCHAR[])[1], 'public')"
    functions = dict.fromkeys(role, name) | {"current_catalog": quote_literal(database), "current_schema": schema}
    made = [f'CREATE OR REPLACE MACRO {NAMES_SCHEMA}."{word}"() AS {value}' for word, value in functions.items()]
    connection.run("; ".join([f"CREATE SCHEMA IF NOT EXISTS {NAMES_SCHEMA}", *made]))
    connection.run(added_functions())


def refresh(connection: NativeConnection, relations: Iterable[ProjectRelation], *, schemas: Iterable[str] = ()) -> None:
    """Show these tables of the project instead of those before, to statements that begin afterwards."""
    rows = project_rows(relations, schemas=schemas)
    with _transaction(connection):
        for table, content, columns in (
            ("kb_project_schema", rows.schemas, _PROJECT_SCHEMA),
            ("kb_project_relation", rows.relations, _PROJECT_RELATION),
            ("kb_project_column", rows.columns, _PROJECT_COLUMN),
        ):
            connection.run(f"DELETE FROM {PG_SCHEMA}.{table}")  # noqa: S608 - names of ours
            _fill(connection, table, content, columns)


@contextmanager
def _transaction(connection: NativeConnection) -> Iterator[None]:
    connection.run("BEGIN")
    try:
        yield
    except BaseException:
        connection.run("ROLLBACK")
        raise
    connection.run("COMMIT")


_KNOWN_TYPE = {"oid": "UINTEGER", "typname": "VARCHAR", "sql_name": "VARCHAR"}
_TYPE_OF = {"duckdb_type": "VARCHAR", "oid": "UINTEGER", "typmod": "INTEGER"}
_SYSTEM_RELATION = {
    "oid": "UINTEGER",
    "relname": "VARCHAR",
    "relnamespace": "UINTEGER",
    "relkind": "VARCHAR",
    "natts": "INTEGER",
}
_PROJECT_SCHEMA = {"oid": "UINTEGER", "nspname": "VARCHAR"}
_PROJECT_RELATION = {
    "oid": "UINTEGER",
    "relnamespace": "UINTEGER",
    "nspname": "VARCHAR",
    "relname": "VARCHAR",
    "natts": "INTEGER",
    "row_count": "BIGINT",
    "comment": "VARCHAR",
    "key_oid": "UINTEGER",
    "constraint_oid": "UINTEGER",
    "conkey": "SMALLINT[]",
    "key_columns": "VARCHAR[]",
}
_PROJECT_COLUMN = {
    "attrelid": "UINTEGER",
    "attname": "VARCHAR",
    "attnum": "SMALLINT",
    "data_type": "VARCHAR",
    "atttypid": "UINTEGER",
    "atttypmod": "INTEGER",
    "attnotnull": "BOOLEAN",
    "comment": "VARCHAR",
}


def _fill(
    connection: NativeConnection, table: str, content: Sequence[Mapping[str, Any]], columns: Mapping[str, str]
) -> None:
    """Add rows to a table of ours; JSON carries them in one bound value, whatever their names hold."""
    if not content:
        return
    shape = json.dumps([dict(columns)]).replace("'", "''")
    statement = prepare(
        connection, f"INSERT INTO {PG_SCHEMA}.{table} BY NAME SELECT unnest(from_json($1, '{shape}'), max_depth := 2)"
    )
    try:
        statement.bind(1, json.dumps(content))
        result = statement.execute()
        for _ in result.batches():
            pass
        result.close()
    finally:
        statement.close()


def _catalog_columns(name: str) -> dict[str, str]:
    return {column.name: column.engine_type for column in catalog_relations()[PG_CATALOG, name].columns}


def _names_of_other_types(named: set[int]) -> list[dict[str, Any]]:
    """Types of PostgreSQL that nothing here has: tools ask for their names all the same."""
    by_oid = {row["oid"]: row["typname"] for row in fixed_rows("pg_type")}
    others = [(row["oid"], row["typname"], row["typelem"], row["typcategory"]) for row in fixed_rows("pg_type")]
    return [
        {
            "oid": oid,
            "typname": name,
            "sql_name": f"{by_oid[element]}[]" if category == "A" and element in by_oid else name,
        }
        for oid, name, element, category in others
        if oid not in named
    ]


def _engine_types() -> list[dict[str, Any]]:
    names = [*_SCALARS, *_ZONED]
    return [
        {"duckdb_type": name, "oid": postgres_type(name).oid, "typmod": postgres_type(name).typmod}
        for name in names + [f"{name}[]" for name in names]
    ]


def _add_decimals(connection: NativeConnection) -> None:
    connection.run(
        f"INSERT INTO {PG_SCHEMA}.kb_type_of"  # noqa: S608 - a name of ours
        " SELECT format('DECIMAL({},{}){}', p, s, suffix), CASE suffix WHEN '' THEN 1700 ELSE 1231 END,"
        " ((p << 16) | s) + 4"
        f" FROM range(1, {MAX_DECIMAL_DIGITS + 1}) precisions(p), range(0, {MAX_DECIMAL_DIGITS + 1}) scales(s),"
        " (VALUES (''), ('[]')) suffixes(suffix) WHERE s <= p"
    )


def _system_relations() -> list[dict[str, Any]]:
    return [
        {
            "oid": relation.oid,
            "relname": relation.name,
            "relnamespace": _NAMESPACES[relation.schema],
            "relkind": relation.kind,
            "natts": len(relation.columns),
        }
        for relation in catalog_relations().values()
    ]

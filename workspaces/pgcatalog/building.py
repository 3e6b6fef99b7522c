"""The SQL that makes the emulated catalogs in an instance: tables of fixed rows, views over objects, macros."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template

from storage.engine.sql import quote_identifier, quote_literal
from workspaces.pgcatalog.names import INFORMATION_SCHEMA_SCHEMA, NAMES_SCHEMA, PG_SCHEMA, SQL_DIR
from workspaces.pgcatalog.reference import (
    INFORMATION_SCHEMA,
    PG_CATALOG,
    CatalogRelation,
    catalog_relations,
)

_SCHEMAS = {PG_CATALOG: PG_SCHEMA, INFORMATION_SCHEMA: INFORMATION_SCHEMA_SCHEMA}
_SECTION = re.compile(r"^-- (\w+): ([\w ]+)$", re.MULTILINE)
#: PostgreSQL's reserved words; the engine's list is close, and quoting one too many harms nobody.
_RESERVED = (
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "
    "current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else "
    "end except false fetch for foreign from grant group having in initially intersect into lateral leading limit "
    "localtime localtimestamp not null offset on only or order placing primary references returning select "
    "session_user some symmetric table then to trailing true union unique user using variadic when where window with"
).split()

STATE_TABLES = """
CREATE TABLE $pg.kb_base_type ($type_columns);
CREATE TABLE $pg.kb_setting ($setting_columns);
CREATE TABLE $pg.kb_known_type (oid UINTEGER, typname VARCHAR, sql_name VARCHAR);
CREATE TABLE $pg.kb_type_of (duckdb_type VARCHAR, oid UINTEGER, typmod INTEGER);
CREATE TABLE $pg.kb_system_relation (
    oid UINTEGER, relname VARCHAR, relnamespace UINTEGER, relkind VARCHAR, natts INTEGER);
CREATE TABLE $pg.kb_project_schema (oid UINTEGER, nspname VARCHAR);
CREATE TABLE $pg.kb_project_relation (
    oid UINTEGER, relnamespace UINTEGER, nspname VARCHAR, relname VARCHAR, natts INTEGER, row_count BIGINT,
    comment VARCHAR, key_oid UINTEGER, constraint_oid UINTEGER, conkey SMALLINT[], key_columns VARCHAR[]);
CREATE TABLE $pg.kb_project_column (
    attrelid UINTEGER, attname VARCHAR, attnum SMALLINT, data_type VARCHAR, atttypid UINTEGER, atttypmod INTEGER,
    attnotnull BOOLEAN, comment VARCHAR);
"""


def catalog_script(*, database: str, user: str, version: str) -> str:
    """All statements that make the catalogs, empty of fixed rows and of the project's tables."""
    values = {
        "pg": PG_SCHEMA,
        "info": INFORMATION_SCHEMA_SCHEMA,
        "database": quote_literal(database),
        "user": quote_literal(user),
        "version": quote_literal(version),
        "reserved": "[" + ", ".join(quote_literal(word) for word in _RESERVED) + "]",
        "type_columns": _columns(catalog_relations()[PG_CATALOG, "pg_type"]),
        "setting_columns": _columns(catalog_relations()[PG_CATALOG, "pg_settings"]),
    }
    return Template("".join(_templates())).substitute(values)


def added_functions() -> str:
    """Statements that make the functions of PostgreSQL that the engine lacks, and that ask no catalog."""
    return Template(_sql("added_functions")).substitute(names=NAMES_SCHEMA)


def _templates() -> Iterator[str]:
    yield "CREATE SCHEMA $pg; CREATE SCHEMA $info;"
    yield STATE_TABLES
    yield _sql("own_objects")
    yield _sql("all_objects")
    filled = _sections("relations")
    yield _filled_view(PG_CATALOG, "pg_namespace", *filled.pop("pg_namespace"))
    yield _filled_view(PG_CATALOG, "pg_roles", *filled.pop("pg_roles"))
    yield _sql("names")
    yield _sql("definitions")
    yield from (_filled_view(PG_CATALOG, name, *section) for name, section in filled.items())
    yield _sql("functions")
    information = _sections("information_schema")
    yield from (_filled_view(INFORMATION_SCHEMA, name, *section) for name, section in information.items())
    made = {"pg_namespace", "pg_roles", *filled, *information}
    for relation in catalog_relations().values():
        if relation.name not in made:
            yield f"CREATE TABLE {_place(relation)} ({_columns(relation)});\n"


def _sql(name: str) -> str:
    return (SQL_DIR / f"{name}.sql").read_text(encoding="utf-8")


def _sections(name: str) -> dict[str, tuple[list[str], str]]:
    """The relations of a file: name to the columns that are given and the query that gives them."""
    pieces = _SECTION.split(_sql(name))[1:]
    return {
        relation: (columns.split(), query.strip().rstrip(";"))
        for relation, columns, query in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    }


def _filled_view(schema: str, name: str, given: list[str], query: str) -> str:
    relation = catalog_relations()[schema, name]
    columns = [
        f"{quote_identifier(column.name) if column.name in given else column.zero}::{column.engine_type}"
        f" AS {quote_identifier(column.name)}"
        for column in relation.columns
    ]
    names = ", ".join(quote_identifier(column) for column in given)
    return f"CREATE VIEW {_place(relation)} AS SELECT {', '.join(columns)} FROM ({query}) AS content({names});\n"  # noqa: S608 - texts of ours


def _place(relation: CatalogRelation) -> str:
    return f"{_SCHEMAS[relation.schema]}.{quote_identifier(relation.name)}"


def _columns(relation: CatalogRelation) -> str:
    return ", ".join(f"{quote_identifier(column.name)} {column.engine_type}" for column in relation.columns)

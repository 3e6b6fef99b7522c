"""Quoting and the statement builders that more than one engine module needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kbstore.errors import InvalidRequest
from storage.engine.specs import ColumnSpec, TableSpec

DATA_TABLE = "main.data"


def quote_identifier(name: str) -> str:
    """`name` as a quoted SQL identifier. Refuses an empty name and NUL, which DuckDB would cut the text at."""
    if not name or "\0" in name:
        raise InvalidRequest("A name must not be empty or hold NUL characters.", code="invalid_name")
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """`text` as an SQL string literal, for the places where DuckDB takes no parameter."""
    if "\0" in text:
        raise InvalidRequest("A value must not hold NUL characters.")
    return "'" + text.replace("'", "''") + "'"


def quote_identifiers(names: Iterable[str]) -> str:
    """The names as a quoted, comma-separated list."""
    return ", ".join(quote_identifier(name) for name in names)


def literal_list(values: Iterable[str]) -> str:
    """The texts as an SQL list literal."""
    return "[" + ", ".join(quote_literal(value) for value in values) + "]"


def qualified_name(database: str, schema: str = "main", table: str = "data") -> str:
    """`"database"."schema"."table"`; by default the one table that every version file holds."""
    return ".".join(quote_identifier(part) for part in (database, schema, table))


def column_definition(column: ColumnSpec) -> str:
    """One column as it stands in CREATE TABLE. Type and default come normalized and checked from `types.py`."""
    parts = [quote_identifier(column.name), column.type]
    if not column.nullable:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT ({column.default})")
    if column.length is not None:
        parts.append(f"CHECK (length({quote_identifier(column.name)}) <= {int(column.length)})")
    return " ".join(parts)


def create_table_sql(spec: TableSpec, table: str) -> str:
    """CREATE TABLE for `table`, an already qualified name. The primary key is not in the file: loads enforce it."""
    return f"CREATE TABLE {table} ({', '.join(column_definition(column) for column in spec.columns)})"


def attach_sql(path: Path, alias: str, options: Iterable[str] = ()) -> str:
    """ATTACH of a database file under `alias` with options such as READ_ONLY."""
    chosen = ", ".join(options)
    return f"ATTACH {quote_literal(str(path))} AS {quote_identifier(alias)}" + (f" ({chosen})" if chosen else "")


def detach_sql(alias: str) -> str:
    return f"DETACH {quote_identifier(alias)}"


def count_rows_sql(table: str) -> str:
    """The number of rows of `table`, an already qualified name; DuckDB answers from the metadata."""
    return f"SELECT count(*) FROM {table}"  # noqa: S608


def copy_rows_sql(source: str, target: str) -> str:
    """All rows of `source` into `target`, in their order; both are already qualified names."""
    return f"INSERT INTO {target} SELECT * FROM {source}"  # noqa: S608

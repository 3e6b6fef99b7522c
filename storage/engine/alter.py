"""Bringing the rows of a table into its next shape: in place where that is cheap, by writing them anew where not.

In place means on a clone of the file, which nobody sees yet: each statement commits by itself, and a clone with a
statement that failed is thrown away.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from storage.engine.errors import CONDITION_ERRORS, clean_message
from storage.engine.specs import Alteration, ColumnSpec
from storage.engine.sql import column_definition, qualified_name, quote_identifier, quote_identifiers
from storage.engine.type_grammar import parse_type
from storage.engine.wear import count_rows
from storage.errors import DoesNotFit, PrimaryKeyViolation

_SHOWN_CHARACTERS = 100
_VALUE_ERRORS: tuple[type[duckdb.Error], ...] = (*CONDITION_ERRORS, duckdb.ConstraintException)
_NESTED = ("LIST", "ARRAY", "STRUCT", "MAP", "UNION")


def can_alter_in_place(connection: duckdb.DuckDBPyConnection, alias: str, alteration: Alteration) -> bool:
    """Whether ALTER TABLE gets a clone of the attached version `alias` into the new shape.

    Not where columns move or swap names. DuckDB 1.5.5 also converts the values of deleted rows, which may not convert,
    and fails on nested defaults of a new column.
    """
    kept = [source for source in alteration.sources if source is not None]
    in_order = [name for name in alteration.before.column_names if name in kept]
    renamed = [column for column, source in _kept(alteration) if column.name != source.name]
    if alteration.sources != (*in_order, *[None] * (len(alteration.sources) - len(in_order))) or len(renamed) > 1:
        return False
    if _touches_length(alteration):
        return False
    if any(column.default is not None and _is_nested(column.type) for column in _added(alteration)):
        return False
    return not _converted(alteration) or not _has_deleted_rows(connection, alias)


def alter_in_place(connection: duckdb.DuckDBPyConnection, source: str, target: str, alteration: Alteration) -> None:
    """Change `target`, which holds the rows of `source`, into the new shape; both are qualified names.

    Raises DoesNotFit.
    """
    with _blaming_values(connection, source, alteration):
        for change in _changes(alteration):
            connection.execute(f"ALTER TABLE {target} {change}")


def alter_rows(connection: duckdb.DuckDBPyConnection, source: str, target: str, alteration: Alteration) -> None:
    """Copy all rows of `source` into `target`, an empty table of the new shape; both are qualified names.

    Raises DoesNotFit.
    """
    kept = _kept(alteration)
    names = quote_identifiers(column.name for column, _ in kept)
    values = ", ".join(f"CAST({quote_identifier(origin.name)} AS {column.type})" for column, origin in kept)
    with _blaming_values(connection, source, alteration):
        connection.execute(f"INSERT INTO {target} ({names}) SELECT {values} FROM {source}")


def check_values(connection: duckdb.DuckDBPyConnection, source: str, alteration: Alteration) -> None:
    """Raise DoesNotFit, for a key column PrimaryKeyViolation, if `source` holds NULL where the new shape forbids it.

    DoesNotFit also for texts that are longer than the new shape allows.
    """
    for column, origin in _kept(alteration):
        if column.length is not None and (origin.type != "VARCHAR" or column.length < (origin.length or sys.maxsize)):
            _check_length(connection, source, column, origin)
        if column.nullable or not origin.nullable:
            continue
        count = _count_nulls(connection, source, origin.name)
        if not count:
            continue
        reason = f"NOT NULL constraint failed: column {column.name} holds NULL in {_numbered(count, 'row')}"
        if column.name in alteration.after.primary_key:
            key = alteration.after.primary_key
            raise PrimaryKeyViolation(reason, columns=key, count=count, example={column.name: None})
        raise DoesNotFit(reason)


def _check_length(connection: duckdb.DuckDBPyConnection, source: str, column: ColumnSpec, origin: ColumnSpec) -> None:
    length = f"length(CAST({quote_identifier(origin.name)} AS VARCHAR))"
    row = connection.execute(f"SELECT count(*) FROM {source} WHERE {length} > ?", [column.length]).fetchone()
    if row is not None and row[0]:
        verb = "is" if row[0] == 1 else "are"
        raise DoesNotFit(f"{_numbered(row[0], 'value')} of column {column.name} {verb} longer than {column.length}")


def check_key(connection: duckdb.DuckDBPyConnection, table: str, alteration: Alteration) -> None:
    """Raise PrimaryKeyViolation unless the key of the new shape is unique; a key that stays as it is goes unread."""
    key = alteration.after.primary_key
    if not key or not _is_new_key(alteration):
        return
    names = quote_identifiers(key)
    shown = ", ".join(f"left(CAST({name} AS VARCHAR), {_SHOWN_CHARACTERS})" for name in map(quote_identifier, key))
    repeated = f"(SELECT {names}, min(rowid) AS first_row FROM {table} GROUP BY {names} HAVING count(*) > 1)"
    row = connection.execute(f"SELECT count(*) OVER (), {shown} FROM {repeated} ORDER BY first_row LIMIT 1").fetchone()
    if row is None:
        return
    example = dict(zip(key, row[1:], strict=True))
    values = ", ".join(f"{name}={value}" for name, value in example.items())
    reason = f"{_numbered(row[0], 'duplicate key')}, for example {values}"
    raise PrimaryKeyViolation(reason, columns=key, count=row[0], example=example)


def _changes(alteration: Alteration) -> Iterator[str]:
    """What follows ALTER TABLE: drop, rename, type, NOT NULL, default, and new columns at the end."""
    for name in alteration.before.column_names:
        if name not in alteration.sources:
            yield f"DROP COLUMN {quote_identifier(name)}"
    for column, origin in _kept(alteration):
        yield from _changes_of(column, origin)
    for column in _added(alteration):
        yield f"ADD COLUMN {column_definition(replace(column, nullable=True))}"
        if not column.nullable:
            yield f"ALTER COLUMN {quote_identifier(column.name)} SET NOT NULL"


def _changes_of(column: ColumnSpec, origin: ColumnSpec) -> Iterator[str]:
    name = quote_identifier(column.name)
    if column.name != origin.name:
        yield f"RENAME COLUMN {quote_identifier(origin.name)} TO {name}"
    # The old default need not fit the new type.
    if origin.default is not None and (column.default, column.type) != (origin.default, origin.type):
        yield f"ALTER COLUMN {name} DROP DEFAULT"
    if column.type != origin.type:
        yield f"ALTER COLUMN {name} SET DATA TYPE {column.type}"
    if column.nullable != origin.nullable:
        yield f"ALTER COLUMN {name} {'DROP' if column.nullable else 'SET'} NOT NULL"
    if column.default is not None and (column.default, column.type) != (origin.default, origin.type):
        yield f"ALTER COLUMN {name} SET DEFAULT ({column.default})"


def _kept(alteration: Alteration) -> list[tuple[ColumnSpec, ColumnSpec]]:
    """Each column of the new shape that has values in the old one, with the column that holds them."""
    before = {column.name: column for column in alteration.before.columns}
    pairs = zip(alteration.after.columns, alteration.sources, strict=True)
    return [(column, before[source]) for column, source in pairs if source is not None]


def _added(alteration: Alteration) -> list[ColumnSpec]:
    pairs = zip(alteration.after.columns, alteration.sources, strict=True)
    return [column for column, source in pairs if source is None]


def _touches_length(alteration: Alteration) -> bool:
    """Whether an enforced length comes, goes or moves: it is a CHECK of the file, which ALTER TABLE cannot change."""
    lengths = [(column.length, origin.length) for column, origin in _kept(alteration)]
    moved = any(origin.length is not None and column != origin for column, origin in _kept(alteration))
    dropped = [column for column in alteration.before.columns if column.name not in alteration.sources]
    added = [column for column in (*dropped, *_added(alteration)) if column.length is not None]
    return moved or bool(added) or any(new != old for new, old in lengths)


def _converted(alteration: Alteration) -> list[tuple[ColumnSpec, ColumnSpec]]:
    return [(column, origin) for column, origin in _kept(alteration) if column.type != origin.type]


def _is_new_key(alteration: Alteration) -> bool:
    pairs = _kept(alteration)
    origins = {column.name: origin.name for column, origin in pairs if column.type == origin.type}
    return tuple(origins.get(name) for name in alteration.after.primary_key) != alteration.before.primary_key


def _is_nested(type_text: str) -> bool:
    return parse_type(type_text).kind in _NESTED


def _has_deleted_rows(connection: duckdb.DuckDBPyConnection, alias: str) -> bool:
    query = "SELECT estimated_size FROM duckdb_tables() WHERE database_name = ?"
    row = connection.execute(query, [alias]).fetchone()
    return row is not None and int(row[0]) != count_rows(connection, qualified_name(alias))


@contextmanager
def _blaming_values(connection: duckdb.DuckDBPyConnection, source: str, alteration: Alteration) -> Iterator[None]:
    """Say which values do not convert instead of what DuckDB says of the first one."""
    try:
        yield
    except _VALUE_ERRORS as error:
        for column, origin in _converted(alteration):
            _blame(connection, source, column, origin)
        raise DoesNotFit(clean_message(str(error))) from error


def _blame(connection: duckdb.DuckDBPyConnection, source: str, column: ColumnSpec, origin: ColumnSpec) -> None:
    """Raise DoesNotFit if there are values of `origin` that are none of the column's type."""
    name = quote_identifier(origin.name)
    wrong = f"{name} IS NOT NULL AND TRY_CAST({name} AS {column.type}) IS NULL"
    row = connection.execute(
        f"SELECT count(*), left(CAST(first({name}) AS VARCHAR), {_SHOWN_CHARACTERS}) FROM {source} WHERE {wrong}"
    ).fetchone()
    if row is not None and row[0]:
        raise DoesNotFit(
            f"{_numbered(row[0], 'value')} of column {column.name} cannot become {column.type}, for example '{row[1]}'"
        )


def _numbered(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _count_nulls(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table} WHERE {quote_identifier(column)} IS NULL").fetchone()
    return int(row[0]) if row else 0

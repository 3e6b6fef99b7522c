"""Bringing rows of a file into a table of a workspace: made, emptied first, added to or merged, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kbstore import faults
from storage.engine.import_specs import TIMESTAMP_COLUMN, RelationSource
from storage.engine.merge import same_key
from storage.engine.monitor import Monitor
from storage.engine.native import ErrorKind, NativeConnection, NativeError, rows
from storage.engine.row_conditions import clauses
from storage.engine.specs import TableSpec
from storage.engine.sql import (
    column_definition,
    count_rows_sql,
    qualified_name,
    quote_identifier,
    quote_identifiers,
)
from storage.engine.view_sql import seen_table
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_objects import ObjectInUse, give_space_back, own_objects
from storage.engine.workspace_room import Room, watched
from storage.engine.workspace_unload import attached
from storage.errors import DuplicateKey

_SHOWN_KEYS = 10


@dataclass(frozen=True)
class FillOrder:
    """Rows of `source`, columns by their names in `destination`, a table of the default schema.

    `definition` is its shape. `make` makes it so, in the place of a table or view of the name; the other modes find it
    so: `replace` empties it first, `append` adds, `merge` replaces rows of equal `key` that differ and adds
    the others. With `is_strict` a key that is there already is an error.
    """

    source: RelationSource
    destination: str
    mode: Literal["make", "replace", "append", "merge"]
    size_limit_bytes: int
    definition: TableSpec | None = None
    key: tuple[str, ...] = ()
    is_strict: bool = False


@dataclass(frozen=True)
class Filled:
    """How many rows the file gave, and how many the table has."""

    rows: int
    table_rows: int


def fill_table(
    instance: WorkspaceInstance, order: FillOrder, monitor: Monitor, *, span: tuple[float, float] = (0.7, 1.0)
) -> Filled:
    """Whatever this raises, the destination is as it was.

    Raises WorkspaceFull, WorkspaceChanging, DuplicateKey, FilterRefused, InvalidRequest for values that do not fit.
    """
    room = Room(instance.size_bytes, order.size_limit_bytes)
    with (
        instance.gate.opened(order.source.database) as path,
        translated_native_errors(),
        instance.session() as connection,
        attached(connection, path, "READ_ONLY") as alias,
        watched(connection, monitor, room, span=span),
    ):
        filled = _fill(instance, connection, order, alias)
        faults.reach("workspace_fill.before_commit")
        connection.run("COMMIT")
    give_space_back(instance)
    return filled


def _fill(instance: WorkspaceInstance, connection: NativeConnection, order: FillOrder, alias: str) -> Filled:
    target = qualified_name(instance.database_name, "main", order.destination)
    connection.run("BEGIN")
    if order.mode == "make":
        drop_in_the_way(instance, connection, order.destination)
        connection.run(_definition(order.definition or TableSpec(()), target))
    elif order.mode == "replace":
        connection.run(f"DELETE FROM {target}")
    source, parameters = _rows(order.source, alias)
    if order.mode == "merge":
        count = _merge(connection, order, target, source)
    else:
        names = quote_identifiers(name for _, name in order.source.columns)
        count = _count(connection, f"INSERT INTO {target} ({names}) {source}", *parameters)
    return Filled(count, _count(connection, count_rows_sql(target)))


def _rows(source: RelationSource, alias: str) -> tuple[str, tuple[str, ...]]:
    cells = ", ".join(f"{quote_identifier(name)} AS {quote_identifier(target)}" for name, target in source.columns)
    found = None if source.selection is None else clauses(source.selection, source.seen)
    table = seen_table(qualified_name(alias, source.schema, source.table), source.spec, source.view)
    # The selection speaks of the columns of the source, so it is made before they are renamed.
    sql = f"SELECT {cells} FROM (SELECT * FROM {table}{found or ''})"  # noqa: S608 - names quoted, values bound
    return sql, () if found is None else found.parameters


def _merge(connection: NativeConnection, order: FillOrder, target: str, source: str) -> int:
    """The file holds each key once."""
    same, names = same_key("base", "incoming", order.key), [name for _, name in order.source.columns]
    if order.is_strict:
        _refuse_existing(connection, order.key, f"FROM {target} AS base JOIN ({source}) AS incoming ON {same}")
    compared = [name for name in names if name not in order.key and name != TIMESTAMP_COLUMN]
    differs = " OR ".join(f"base.{name} IS DISTINCT FROM incoming.{name}" for name in map(quote_identifier, compared))
    if differs:
        connection.run(_replace_sql(order, target, source, compared, f"{same} AND ({differs})"))
    missing = f"NOT EXISTS (SELECT 1 FROM {target} AS base WHERE {same})"
    connection.run(
        f"INSERT INTO {target} ({quote_identifiers(names)}) SELECT * FROM ({source}) AS incoming WHERE {missing}"
    )
    return _count(connection, f"SELECT count(*) FROM ({source})")


def _replace_sql(order: FillOrder, target: str, source: str, changed: Sequence[str], condition: str) -> str:
    """Rows that differ are deleted, to be added again, unless the table has columns that the file does not.

    An update would keep all that it changes in memory.
    """
    supplied = {name for _, name in order.source.columns}
    if order.definition is None or supplied >= set(order.definition.column_names):
        return f"DELETE FROM {target} AS base USING ({source}) AS incoming WHERE {condition}"  # noqa: S608
    values = ", ".join(f"{name} = incoming.{name}" for name in map(quote_identifier, changed))
    return f"UPDATE {target} AS base SET {values} FROM ({source}) AS incoming WHERE {condition}"  # noqa: S608


def _refuse_existing(connection: NativeConnection, key: Sequence[str], shared: str) -> None:
    shown = ", ".join(f"left(CAST(base.{quote_identifier(name)} AS VARCHAR), 100)" for name in key)
    total = _count(connection, f"SELECT count(*) {shared}")
    if total:
        found = rows(connection, f"SELECT {shown} {shared} LIMIT {_SHOWN_KEYS}")
        examples = "; ".join(", ".join(f"{n}={v}" for n, v in zip(key, row, strict=True)) for row in found)
        rest = f" and {total - len(found)} more" if total > len(found) else ""
        raise DuplicateKey(f"keys that are in the table already: {examples}{rest}")


def drop_in_the_way(instance: WorkspaceInstance, connection: NativeConnection, name: str) -> None:
    """Drop the table or view of this name, whatever its case, in the open transaction. Raises ObjectInUse."""
    for other, kind in own_objects(connection, instance.database_name):
        if other.casefold() == name.casefold():
            try:
                connection.run(f"DROP {kind} {qualified_name(instance.database_name, 'main', other)}")
            except NativeError as error:
                if error.kind not in (ErrorKind.CATALOG, ErrorKind.DEPENDENCY) or "conflict" in error.message.lower():
                    raise
                raise ObjectInUse(f"{other} is needed by another object of the workspace") from error


def _definition(spec: TableSpec, target: str) -> str:
    """Unlike tables of the storage, those of workspaces have their key in the file."""
    parts = [column_definition(column) for column in spec.columns]
    if spec.primary_key:
        parts.append(f"PRIMARY KEY ({quote_identifiers(spec.primary_key)})")
    return f"CREATE TABLE {target} ({', '.join(parts)})"


def _count(connection: NativeConnection, sql: str, *parameters: str) -> int:
    return int(rows(connection, sql, *parameters)[0][0])

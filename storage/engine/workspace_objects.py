"""What users keep in a workspace: listing it, dropping one object, clearing all of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import NamedTuple

from kbstore.errors import Conflict, KbstoreError
from storage.engine.errors import clean_message
from storage.engine.native import ErrorKind, NativeConnection, NativeError, rows
from storage.engine.sql import count_rows_sql, qualified_name
from storage.engine.workspace_errors import WorkspaceBusy, translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance, qualified

#: Names that begin with it are ours: hidden from listings, kept by `clear`, not to be dropped.
INTERNAL_PREFIX = "_"
_DEFAULT_SCHEMA = "main"
#: What DuckDB says of an object that another one needs. The transaction is lost then.
_NEEDED = (ErrorKind.CATALOG, ErrorKind.DEPENDENCY)
#: Of the patience for counting rows, what one view may take.
_VIEW_SHARE = 4

# Qualified, as a macro of the user's would stand before the name alone.
_TABLES_AND_VIEWS = """
    SELECT table_name, 'table' FROM system.main.duckdb_tables()
    WHERE database_name = $1 AND schema_name = $2 AND NOT internal
    UNION ALL SELECT view_name, 'view' FROM system.main.duckdb_views()
    WHERE database_name = $1 AND schema_name = $2 AND NOT internal
"""
# Newest first: what needs something was made after it. Schemas go when they are empty.
_EVERYTHING = """
    SELECT schema_name, name, kind FROM (
        SELECT schema_name, table_name AS name, 'TABLE' AS kind, table_oid AS age FROM system.main.duckdb_tables()
        WHERE database_name = $1 AND NOT internal
        UNION ALL SELECT schema_name, view_name, 'VIEW', view_oid FROM system.main.duckdb_views()
        WHERE database_name = $1 AND NOT internal
        UNION ALL SELECT schema_name, sequence_name, 'SEQUENCE', sequence_oid FROM system.main.duckdb_sequences()
        WHERE database_name = $1
        UNION ALL SELECT schema_name, type_name, 'TYPE', type_oid FROM system.main.duckdb_types()
        WHERE database_name = $1 AND NOT internal
        UNION ALL SELECT schema_name, function_name, 'MACRO', max(function_oid) FROM system.main.duckdb_functions()
        WHERE database_name = $1 AND NOT internal AND function_type = 'macro' GROUP BY ALL
        UNION ALL SELECT schema_name, function_name, 'MACRO TABLE', max(function_oid)
        FROM system.main.duckdb_functions()
        WHERE database_name = $1 AND NOT internal AND function_type = 'table_macro' GROUP BY ALL
        UNION ALL SELECT '', schema_name, 'SCHEMA', -1 FROM system.main.duckdb_schemas()
        WHERE database_name = $1 AND NOT internal AND schema_name <> 'main'
    ) ORDER BY age DESC
"""


class ObjectInUse(Conflict):
    """Another object of the workspace needs this one."""

    code = "object_in_use"


class WorkspaceChanging(WorkspaceBusy):
    """A transaction of somebody else changes the same objects."""

    def __init__(self) -> None:
        super().__init__()
        self.args = (_CHANGING,)
        self.message = _CHANGING


_CHANGING = "Somebody changes the workspace at this moment. Nothing was changed. Please try again."


class _Item(NamedTuple):
    """Something in the catalog of a workspace; a schema itself has the schema ""."""

    schema: str
    name: str
    kind: str


class _Needed(Exception):  # noqa: N818 - an answer to the caller
    def __init__(self, item: _Item) -> None:
        super().__init__(item)
        self.item = item


@dataclass(frozen=True)
class WorkspaceObject:
    """A table or view of the default schema; `rows` is 0 where it cannot be computed in time."""

    name: str
    type: str
    rows: int = 0


def list_objects(instance: WorkspaceInstance, *, patience_seconds: float) -> list[WorkspaceObject]:
    """The user's tables and views by name. Rows are counted until the patience is over: views may take for ever."""
    deadline = time.monotonic() + patience_seconds
    with translated_native_errors(), instance.session() as connection:
        counted = []
        # Tables first: they are counted in no time.
        for name, kind in sorted(own_objects(connection, instance.database_name), key=lambda found: found[1]):
            left = deadline - time.monotonic()
            seconds = left if kind == "table" else min(left, patience_seconds / _VIEW_SHARE)
            count = count_object_rows(connection, instance.database_name, name, seconds)
            counted.append(WorkspaceObject(name, kind, count))
    return sorted(counted, key=lambda found: found.name)


def drop_object(instance: WorkspaceInstance, name: str) -> bool:
    """Drop the table or view of exactly this name; False if there is none. Raises ObjectInUse, WorkspaceChanging."""
    database = instance.database_name
    with _changing(instance) as connection:
        kind = dict(own_objects(connection, database)).get(name)
        if kind is None:
            return False
        try:
            connection.run(f"DROP {kind} {qualified_name(database, _DEFAULT_SCHEMA, name)}")
        except NativeError as error:
            if error.kind not in _NEEDED:
                raise
            raise ObjectInUse(clean_message(error.message), details={"object_name": name}) from error
    give_space_back(instance)
    return True


def clear_objects(instance: WorkspaceInstance, *, preserve: Collection[str] = ()) -> None:
    """Drop all that users made, in all schemas, in one transaction, and give the space back to the disk.

    What has a name of `preserve` stays in every schema, and what it or an internal object needs. Raises
    WorkspaceChanging; nothing has changed then.
    """
    last: list[_Item] = []
    kept: set[_Item] = set()
    names = frozenset(name.casefold() for name in preserve)
    while (blocked := _try_to_clear(instance, last, kept, names)) is not None:
        # Needed by something that is older, or by something that stays.
        if blocked in last:
            kept.add(blocked)
        else:
            last.append(blocked)
    give_space_back(instance)


def _try_to_clear(
    instance: WorkspaceInstance, last: Sequence[_Item], kept: Collection[_Item], preserved: Collection[str]
) -> _Item | None:
    """Drop everything but `kept` and what has a `preserved` name, those of `last` last.

    What cannot be dropped, None once all is done.
    """
    database = instance.database_name
    try:
        with _changing(instance) as connection:
            items = [_Item(*row) for row in rows(connection, _EVERYTHING, database)]
            for item in sorted(items, key=lambda item: (item.kind == "SCHEMA", item in last)):
                is_ours = is_internal(item.schema, item.name) or item.name.casefold() in preserved
                if item not in kept and not is_ours:
                    _drop(connection, database, item)
    except _Needed as needed:
        return needed.item
    return None


def _drop(connection: NativeConnection, database: str, item: _Item) -> None:
    name = qualified(database, item.name)
    if item.schema:
        name = qualified_name(database, item.schema, item.name)
    try:
        connection.run(f"DROP {item.kind} {name}")
    except NativeError as error:
        if error.kind not in _NEEDED or "conflict" in error.message.lower():
            raise
        raise _Needed(item) from error


def give_space_back(instance: WorkspaceInstance) -> None:
    """Write the log into the file and cut off its free end, unless a transaction keeps that from happening now."""
    with suppress(KbstoreError):
        instance.checkpoint()


@contextmanager
def _changing(instance: WorkspaceInstance) -> Iterator[NativeConnection]:
    """One transaction, committed at the end of the block and rolled back by whatever it raises."""
    with translated_native_errors(), instance.session() as connection:
        try:
            connection.run("BEGIN")
            yield connection
            connection.run("COMMIT")
        except NativeError as error:
            if error.kind is ErrorKind.TRANSACTION or "write-write conflict" in error.message.lower():
                raise WorkspaceChanging from error
            raise


def own_objects(connection: NativeConnection, database: str, schema: str = _DEFAULT_SCHEMA) -> list[tuple[str, str]]:
    """(name, "table" or "view") of what is not internal."""
    found = rows(connection, _TABLES_AND_VIEWS, database, schema)
    return [(name, kind) for name, kind in found if not is_internal(schema, name)]


def is_internal(schema: str, name: str) -> bool:
    """Whether it is ours: users neither see nor drop it."""
    return schema == _DEFAULT_SCHEMA and name.startswith(INTERNAL_PREFIX)


def count_object_rows(connection: NativeConnection, database: str, name: str, seconds: float) -> int:
    """0 where that fails or takes longer."""
    if seconds <= 0:
        return 0
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        return int(rows(connection, count_rows_sql(qualified_name(database, _DEFAULT_SCHEMA, name)))[0][0])
    except NativeError as error:
        if error.kind is ErrorKind.CONNECTION:
            raise
        return 0
    finally:
        timer.cancel()

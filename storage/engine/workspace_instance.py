"""The one DuckDB instance of a workspace that is in use: confined, with project tables shown read-only.

What the engine's switches stop: host files, other projects' files, extensions, changes of limits and of settings.

What they do not stop, so that whoever runs a user's statement must (all seen to succeed in DuckDB 1.5.5):

- `DETACH project` or any other catalog, `ATTACH ':memory:'`, `ATTACH` of a new file in the directory of spill files or
  the gate, `USE` and `SET search_path`;
- `COPY ... TO`, `EXPORT DATABASE`, `read_blob`, `read_text`, `read_csv` and `glob` in those two directories;
- `CREATE`, `DROP` and `ALTER` in the in-memory catalogs `project` and `memory`: in a schema that is named as a bucket
  is, too. Rows of project tables are safe from it, the views are not. A transaction that `guard_project` has bound to
  the workspace cannot do it;
- reading `_v_...` aliases by name, `duckdb_databases()`, `pragma_database_list`, `duckdb_settings()`,
  `current_setting('temp_directory')`, `duckdb_views()` and others that tell paths and aliases;
- `SET` of the settings in `_ALLOWED_CONFIGS`: with `GLOBAL`, and default_null_order always, for all sessions; the two
  of the progress bar let it print to the server's output;
- `CHECKPOINT`, `FORCE CHECKPOINT` (it ends the transactions of others), `PRAGMA enable_profiling` (prints to the
  server's output), `CALL enable_logging()`, `LOAD` of what is built in, `IMPORT DATABASE` (it opens its file while it
  is parsed), `query()` and `query_table()`, `pg_sleep()`, `EXPLAIN ANALYZE`, which executes.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from storage.engine.config import EngineConfig
from storage.engine.native import ErrorKind, NativeConnection, NativeDatabase, NativeError
from storage.engine.ownership import fresh_name
from storage.engine.specs import TableSpec, ViewShape
from storage.engine.sql import literal_list, qualified_name, quote_identifier, quote_literal
from storage.engine.view_sql import view_query
from storage.engine.workspace_errors import (
    WorkspaceBusy,
    WorkspaceMissing,
    translated_native_errors,
    translated_open_errors,
)
from storage.engine.workspace_file import INFO_TABLE, workspace_size_bytes
from storage.engine.workspace_gate import Gate
from storage.engine.workspace_spill import SpillSpace

PROJECT_CATALOG = "project"
_ALIAS_PREFIX = "_v_"
_MOST_ATTACHED = 1000
#: What a session may change after the lock; `search_path` and variables always can.
_ALLOWED_CONFIGS = (
    "TimeZone",
    "Calendar",
    "integer_division",
    "default_null_order",
    # These two only for `session`: they are settings of a connection and cannot be given to the instance.
    "enable_progress_bar",
    "enable_progress_bar_print",
)


@dataclass(frozen=True)
class WorkspaceLimits:
    """What one workspace may use, whatever its number of sessions."""

    memory_bytes: int = 4_000_000_000
    threads: int = 4
    spill_bytes: int = 10_000_000_000


@dataclass(frozen=True)
class _Shown:
    schema: str
    table: str
    path: Path
    #: What the view is of.
    query: str

    @property
    def name(self) -> tuple[str, str]:
        """As DuckDB tells names apart: not by case."""
        return self.schema.casefold(), self.table.casefold()


class WorkspaceInstance:
    """An open workspace. Its methods may be called from any thread; each session belongs to one thread at a time.

    Nothing but `close` frees the file for other processes: keep an instance in a `with` or close it.
    """

    def __init__(
        self, database: NativeDatabase, *, path: Path | None, name: str, spill_dir: Path, spill_bytes: int, gate: Gate
    ) -> None:
        """Made by `open`, which has attached and confined everything."""
        self.path = path
        #: For rows that sessions keep aside; it ends with the instance.
        self.spill = SpillSpace(spill_dir / "rows", limit_bytes=spill_bytes)
        self.database_name = name
        self._database = database
        self._spill_dir = spill_dir
        #: Where sessions of ours find files to attach, and make such.
        self.gate = gate
        self._own = database.connect()
        self._lock = threading.Lock()
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        #: Whose view a name is: its alias key.
        self._owners: dict[tuple[str, str], str] = {}
        self._schemas: set[str] = set()
        self._closed = False
        #: Grows with each statement that defines something; by sessions that run such.
        self.definitions = 0

    @classmethod
    def open(
        cls,
        config: EngineConfig,
        *,
        path: Path | None,
        database: str,
        limits: WorkspaceLimits,
    ) -> Self:
        """Open the workspace file at `path` as the catalog `database`, in an instance that sees no other file.

        Without a path the workspace is empty and in memory, and gone with the instance.

        Raises WorkspaceMissing, WorkspaceBusy (another process, or another instance of this one, has the file) and
        WorkspaceDamaged. What a crash left in the log is in the tables again afterwards.
        """
        if path is not None and not path.is_file():
            raise WorkspaceMissing
        spill_dir = config.temp_dir / fresh_name(config.locks_dir)
        _claim(path)
        gate = Gate.make(config)
        try:
            with translated_open_errors():
                native = NativeDatabase(_settings(limits, spill_dir))
                try:
                    _confine(native, path=path, name=database, limits=limits, gate=gate)
                    spill_bytes = limits.spill_bytes
                    return cls(
                        native, path=path, name=database, spill_dir=spill_dir, spill_bytes=spill_bytes, gate=gate
                    )
                except BaseException:
                    native.close()
                    raise
        except BaseException:
            gate.remove()
            _release(path)
            raise

    def session(self, schemas: Sequence[str] = ()) -> NativeConnection:
        """A connection of its own transaction, with the workspace first and then these schemas of the project.

        Raises ServiceUnavailable once the instance is closed.
        """
        with translated_native_errors():
            connection = self._database.connect()
            # query_progress() answers only while the bar is on; it must not draw one into the server's output.
            connection.run("SET enable_progress_bar_print = false; SET enable_progress_bar = true")
            connection.run(f"USE {quote_identifier(self.database_name)}")
        self.show_schemas(schemas, to=connection)
        return connection

    def show_schemas(self, schemas: Sequence[str], *, to: NativeConnection) -> None:
        """Let a session find these schemas of the project by name, and no others. Ends its open stream."""
        with self._lock, translated_native_errors():
            for schema in schemas:
                self._make_schema(schema)
        places = [qualified(self.database_name, "main"), *(qualified(PROJECT_CATALOG, schema) for schema in schemas)]
        with translated_native_errors():
            to.run(f"SET search_path = {quote_literal(','.join(places))}")

    def show_table(
        self, *, schema: str, table: str, alias_key: str, path: Path, seen: tuple[TableSpec, ViewShape] | None = None
    ) -> None:
        """Show the version file at `path` as `schema.table`, to all sessions from their next statement on.

        With `seen`, the shape of the table and of a view, what the view shows of it.

        `alias_key` names the table for good: its next version takes the place of this one without a moment between,
        and transactions and streams that have read the table go on with the version they began with. Raises
        VersionGone where the file is not there, ViewOutdated and FilterRefused for a view that does not fit the table.
        """
        data = qualified_name(_ALIAS_PREFIX + alias_key)
        shown = _Shown(schema, table, path, f"FROM {data}" if seen is None else view_query(data, *seen))
        with self._lock, translated_native_errors():
            # Forgotten while it changes: after a failure the next call attaches again, whatever is attached then.
            before = self._shown.pop(alias_key, None)
            if before != shown:
                self._show(alias_key, shown, before)
            self._shown[alias_key] = shown
            self._detach_former(alias_key, shown)
            while len(self._shown) > _MOST_ATTACHED:
                self._hide(next(iter(self._shown)))

    def hide_table(self, *, alias_key: str) -> None:
        """Take a table away that is not in the project any more; no effect where it is not shown."""
        with self._lock, translated_native_errors():
            if alias_key in self._shown:
                self._hide(alias_key)

    @property
    def shown_tables(self) -> dict[str, Path]:
        """The version files that are attached, by their alias key."""
        with self._lock:
            return {key: shown.path for key, shown in self._shown.items()}

    def guard_project(self, connection: NativeConnection) -> None:
        """Bind the transaction that `connection` has begun to the workspace: it can change nothing else any more.

        DuckDB lets a transaction write to one database; temporary objects are free. Raises NativeError where it
        is read-only.
        """
        info = qualified_name(self.database_name, "main", INFO_TABLE)
        connection.run(f"DELETE FROM {info} WHERE false")  # noqa: S608 - quoted

    def size_bytes(self) -> int:
        """What the workspace takes on the disk now, its log included."""
        return 0 if self.path is None else workspace_size_bytes(self.path)

    @property
    def is_broken(self) -> bool:
        """Whether an error inside DuckDB has ended the instance: nothing works in it until it is opened anew.

        Users can bring that about (1.5.5: `PREPARE p AS SELECT typeof($1), $1::VARCHAR; EXECUTE p('x')`). What was
        committed is in the file.
        """
        try:
            self._own.run("SELECT 1")
        except NativeError as error:
            return error.kind in {ErrorKind.FATAL, ErrorKind.INTERNAL}
        return False

    def checkpoint(self) -> None:
        """Write the log into the file. Waits for nobody: while a transaction writes it raises and changes nothing."""
        with self._lock, translated_native_errors():
            self._own.run(f"CHECKPOINT {quote_identifier(self.database_name)}")

    def close(self) -> None:
        """End all sessions, write the log into the file, free it and remove the spill files; safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        try:
            # DuckDB checkpoints what it closes; the log is gone then.
            self._database.close()
        finally:
            _release(self.path)
            self.gate.remove()
            shutil.rmtree(self._spill_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _show(self, alias_key: str, shown: _Shown, before: _Shown | None) -> None:
        alias = _ALIAS_PREFIX + alias_key
        self._make_schema(shown.schema)
        with self.gate.opened(shown.path) as path:
            # Between DETACH and ATTACH others would miss the table; OR REPLACE leaves no gap.
            self._own.run(f"ATTACH OR REPLACE {quote_literal(str(path))} AS {quote_identifier(alias)} (READ_ONLY)")
        if before is not None and (before.schema, before.table) != (shown.schema, shown.table):
            self._owners.pop(before.name, None)
            self._drop_view(before)
        # Made anew for each version: a view keeps the columns it was made with.
        view = qualified_name(PROJECT_CATALOG, shown.schema, shown.table)
        self._own.run(f"CREATE OR REPLACE VIEW {view} AS {shown.query}")

    def _detach_former(self, alias_key: str, shown: _Shown) -> None:
        """Of two tables with one name, such as main's and a branch's own, the later has the view: let the other go."""
        former = self._owners.get(shown.name)
        self._owners[shown.name] = alias_key
        if former not in (None, alias_key) and self._shown.pop(former, None) is not None:
            self._own.run(f"DETACH DATABASE IF EXISTS {quote_identifier(_ALIAS_PREFIX + former)}")

    def _hide(self, alias_key: str) -> None:
        shown = self._shown.pop(alias_key)
        self._owners.pop(shown.name, None)
        self._drop_view(shown)
        self._own.run(f"DETACH DATABASE IF EXISTS {quote_identifier(_ALIAS_PREFIX + alias_key)}")

    def _drop_view(self, shown: _Shown) -> None:
        self._own.run(f"DROP VIEW IF EXISTS {qualified_name(PROJECT_CATALOG, shown.schema, shown.table)}")

    def _make_schema(self, schema: str) -> None:
        if schema not in self._schemas:
            self._own.run(f"CREATE SCHEMA IF NOT EXISTS {qualified(PROJECT_CATALOG, schema)}")
            self._schemas.add(schema)


def qualified(database: str, schema: str) -> str:
    """`"database"."schema"`."""
    return f"{quote_identifier(database)}.{quote_identifier(schema)}"


def _settings(limits: WorkspaceLimits, spill_dir: Path) -> dict[str, str]:
    return {
        "threads": str(limits.threads),
        "memory_limit": f"{limits.memory_bytes}B",
        "temp_directory": str(spill_dir),
        # Nothing lies there: error texts would tell the home directory otherwise.
        "extension_directory": str(spill_dir / "extensions"),
        "secret_directory": str(spill_dir / "secrets"),
        "allow_persistent_secrets": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_unsigned_extensions": "false",
    }


def _confine(database: NativeDatabase, *, path: Path | None, name: str, limits: WorkspaceLimits, gate: Gate) -> None:
    """The switches in the order of the specification: each of the last three forbids what stands above it."""
    with database.connect() as connection:
        connection.run("SET GLOBAL TimeZone = 'UTC'")
        # Given to open this limit shows in the settings and is not enforced (seen with 1.5.5).
        connection.run(f"SET GLOBAL max_temp_directory_size = '{limits.spill_bytes}B'")
        connection.run(f"SET GLOBAL allowed_configs = {literal_list(_ALLOWED_CONFIGS)}")
        if path is None:
            connection.run(f"ATTACH ':memory:' AS {quote_identifier(name)}")
            connection.run(f'CREATE TABLE {qualified_name(name, "main", INFO_TABLE)} ("key" VARCHAR)')
        else:
            connection.run(f"ATTACH {quote_literal(str(path))} AS {quote_identifier(name)} (READ_WRITE)")
        connection.run(f"ATTACH ':memory:' AS {quote_identifier(PROJECT_CATALOG)}")
        connection.run(f"SET GLOBAL allowed_directories = {literal_list([f'{gate.directory}/'])}")
        connection.run("SET GLOBAL enable_external_access = false")
        connection.run("SET GLOBAL lock_configuration = true")


_claimed: set[Path] = set()
_claimed_lock = threading.Lock()


def _claim(path: Path | None) -> None:
    if path is None:
        return
    # DuckDB's lock keeps other processes away, but not a second instance of this one.
    with _claimed_lock:
        if path.resolve() in _claimed:
            raise WorkspaceBusy
        _claimed.add(path.resolve())


def _release(path: Path | None) -> None:
    if path is not None:
        with _claimed_lock:
            _claimed.discard(path.resolve())

"""One SQL session in a workspace: its connection, its transaction, and the project's tables as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from kbstore.errors import KbstoreError
from storage.engine.native import NativeConnection, NativeError, rows
from storage.engine.sql import literal_list, quote_identifier, quote_literal
from storage.engine.workspace_errors import WorkspaceBusy
from workspaces.models import Workspace
from workspaces.pgcatalog.names import (
    CATALOGS,
    INFORMATION_SCHEMA_SCHEMA,
    PG_SCHEMA,
    PROCESS_VARIABLE,
    SETTINGS_VARIABLE,
)
from workspaces.pgwire.sqlstate import SqlFault, fault_of
from workspaces.services.definitions import definitions_of
from workspaces.services.load_rows import RowLoader
from workspaces.services.open_workspace import close_workspace, opened
from workspaces.services.project_view import CatalogReader, ProjectView
from workspaces.services.row_store import SpoolRoom
from workspaces.services.run_query import Query
from workspaces.services.show_catalog import name_user
from workspaces.sql.errors import SqlError
from workspaces.sql.guard import Policy
from workspaces.sql.lexer import Token
from workspaces.sql.relations import references
from workspaces.sql.statement import StatementKind

_NOT_FOUND = frozenset({"42P01", "3F000", "42703", "42601", "3D000"})
_TEMPORARY = {
    "table": "SELECT table_name FROM duckdb_tables() WHERE temporary",
    "view": "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal",
}
#: What may grow a workspace that is full already.
_GROWING = frozenset({
    StatementKind.INSERT, StatementKind.UPDATE, StatementKind.MERGE, StatementKind.CREATE_TABLE_AS,
})  # fmt: skip


class SqlSession:
    """Of one thread; only `interrupt` comes from others. All raise SqlFault."""

    def __init__(self, workspace: Workspace, *, read: CatalogReader, reads_storage: bool = True) -> None:
        """`read` runs functions that read the catalog. Opens the workspace if nobody has; holds it until `close`.

        Without `reads_storage` it finds none of the project's tables.
        """
        self.workspace = workspace
        self._stack = ExitStack()
        try:
            with translated():
                self._instance = self._stack.enter_context(opened(workspace))
                self._connection: NativeConnection = self._instance.session()
            self._stack.callback(self._connection.close)
            with translated():
                name_user(self._instance, workspace, read=read)
            self.view = ProjectView(workspace, self._instance, read, reads_storage)
            self._definitions = definitions_of(self._instance, self._connection)
        except BaseException:
            self._stack.close()
            raise
        #: For rows that wait while the connection goes on.
        self.room = SpoolRoom(self._instance.spill)
        self.in_transaction = False
        self._has_defined = False
        self._schemas: tuple[str, ...] | None = None
        self._path_as_of = self._instance.definitions
        self._policy = Policy()

    @property
    def definitions(self) -> int:
        """Another number whenever a session has defined something in the workspace, or is about to."""
        return self._instance.definitions

    def interrupt(self) -> None:
        """Stop what runs now. From any thread."""
        self._connection.interrupt()

    def progress(self) -> float:
        """Percent of what runs now that is done, below 0 where the engine cannot tell. From any thread."""
        return self._connection.progress()

    def policy(self) -> Policy:
        """What the guard has to know; the list of tables is read anew if it is old."""
        with translated():
            self.view.refresh(self._connection)
            if self.view.path is not None and self._path_as_of != self._instance.definitions:
                # A schema of the path may be there now, or be gone.
                self._path_as_of = self._instance.definitions
                self.view.tell(self._connection)
        if self.view.schemas != self._schemas:
            self._schemas = self.view.schemas
            self._policy = self._new_policy(self._schemas)
        return self._policy

    def _new_policy(self, schemas: Sequence[str]) -> Policy:
        database = self.workspace.database
        own = frozenset({database.casefold(), self.workspace.pk.casefold()})
        buckets = frozenset(name.casefold() for name in schemas)
        first = next(iter(self.view.path or ()), "main")
        return Policy(buckets=buckets, own_catalogs=own, default_schema=first, database=database)

    def run(self, sql: str) -> None:
        """Statements of ours."""
        try:
            self._connection.run(sql)
        except NativeError as error:
            raise self._fault(error) from error

    def begin(self, *, read_only: bool = False) -> None:
        with translated():
            self.view.refresh(self._connection, exactly=True)
            if not self.workspace.is_transient:
                # Nobody can make views there: what the statements name is all that they read.
                self.view.show_for_block()
            # What changes in them later, a transaction does not see; that they are made, it does.
            self.view.show_catalog(where_made=True)
        self.run("BEGIN TRANSACTION READ ONLY" if read_only else "BEGIN TRANSACTION")
        self.in_transaction = True

    def commit(self) -> None:
        """Raises the fault of a commit that failed; the transaction is over then, too."""
        self.in_transaction = False
        try:
            self.run("COMMIT")
        except SqlFault:
            self._end_quietly()
            raise
        finally:
            if self._has_defined:
                self._note_definition()

    def rollback(self) -> None:
        self.in_transaction = False
        self._end_quietly()
        if self._has_defined:
            self._note_definition()

    @property
    def is_aborted(self) -> bool:
        """Whether the engine goes on with the transaction."""
        try:
            self._connection.run("SELECT 1")
        except NativeError:
            return True
        return False

    def look(self, tokens: Sequence[Token], *, asks_catalog: bool = False) -> None:
        """Show the current version of the project tables that a statement names; not inside a transaction.

        PostgreSQL's catalogs are shown to one that asks them, inside a transaction, too.
        """
        self._check_expansion(tokens)
        if asks_catalog:
            with translated():
                self.view.refresh(self._connection)
                self.view.show_catalog()
        if not self.in_transaction and next(references(tokens), None) is not None:
            with translated():
                self.view.refresh(self._connection, exactly=True)
                self.view.show(self.view.mentioned(tokens))

    def prepare(self, sql: str, tokens: Sequence[Token]) -> Query:
        """Prepare one statement that the guard has let through; the tables it names are current then.

        Inside a transaction they stay as they were when it began.
        """
        self.look(tokens, asks_catalog=PG_SCHEMA in sql or INFORMATION_SCHEMA_SCHEMA in sql)
        try:
            return self._query(sql)
        except SqlFault as fault:
            if CATALOGS in str(fault.__cause__):
                # A view of the user asks them.
                self.look((), asks_catalog=True)
                return self._query(sql)
            if fault.sqlstate not in _NOT_FOUND or self.in_transaction:
                raise
            with translated():
                self.view.refresh(self._connection, at_once=True)
                self.view.show_for_block()
                self.view.show(self.view.mentioned(tokens))
            return self._query(sql)

    def loader(self, sql: str, *, columns: Mapping[str, str]) -> RowLoader:
        """For rows that a client sends: `sql` is an INSERT of `RowLoader.SOURCE`, whose columns these are."""
        return RowLoader(self._connection, sql, columns=columns)

    def set_engine(self, name: str, value: str) -> None:
        """Give the connection a setting of the engine. Raises SqlFault 22023 for a value it does not know."""
        try:
            self._connection.run(f"SET SESSION {quote_identifier(name)} = {quote_literal(value)}")
        except NativeError as error:
            raise SqlFault("22023", f'invalid value for parameter "{name}": "{value}"') from error

    def set_path(self, schemas: Sequence[str] | None) -> None:
        """Look up names without a schema in these schemas first; None is the usual order. Unknown ones are left out."""
        self.view.path = None if schemas is None else tuple(schemas)
        with translated():
            self.view.tell(self._connection)
        self._schemas = None

    def check_schema(self, name: str) -> None:
        """Raise SqlFault 3F000 for a schema that neither the workspace nor its project has."""
        known = self.ask(
            "SELECT lower(schema_name) FROM duckdb_schemas() WHERE database_name = $1", self.workspace.database
        )
        if name.casefold() not in {schema for (schema,) in known} | {each.casefold() for each in self.view.schemas}:
            raise SqlFault("3F000", f'schema "{name}" does not exist')

    def tell_process(self, process_id: int) -> None:
        """What pg_backend_pid() says."""
        self.run(f"SET VARIABLE {PROCESS_VARIABLE} = {process_id:d}::INTEGER")

    def tell_settings(self, values: Mapping[str, str]) -> None:
        """What current_setting(), version() and pg_settings say; names in lower case."""
        keys, texts = literal_list(values.keys()), literal_list(values.values())
        self.run(f"SET VARIABLE {SETTINGS_VARIABLE} = MAP({keys}, {texts})")

    def tell_rows(self, variable: str, values: Sequence[Sequence[str]]) -> None:
        """Rows of texts that a catalog reads from a variable."""
        texts = ", ".join(literal_list(row) for row in values)
        self.run(f"SET VARIABLE {quote_identifier(variable)} = [{texts}]::VARCHAR[][]")

    def ask(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        """The rows of a short query of ours. Raises SqlFault."""
        try:
            return rows(self._connection, sql, *values)
        except NativeError as error:
            raise self._fault(error) from error

    def shown_name(self, alias_key: str) -> str:
        """The name that users know a project table by."""
        return self.view.name_of(alias_key)

    def drop_temporary(self) -> None:
        """Drop the temporary tables and views of the connection."""
        for kind in ("table", "view"):
            try:
                found = rows(self._connection, _TEMPORARY[kind])
            except NativeError as error:
                raise self._fault(error) from error
            for (name,) in found:
                self.run(f"DROP {kind} IF EXISTS temp.main.{quote_identifier(name)}")

    def check_room(self, kind: StatementKind) -> None:
        """Raise SqlFault 53100 for a statement that may grow a workspace that takes more disk than its limit."""
        if kind in _GROWING and self._instance.size_bytes() > self.workspace.size_limit_bytes:
            hint = "Delete rows or drop tables that you do not need."
            raise SqlFault("53100", "workspace size limit exceeded", hint=hint)

    def give_up(self) -> None:
        """The engine has broken: close the workspace for all, the next connection opens it anew."""
        close_workspace(self.workspace.pk)

    def close(self) -> None:
        self._stack.close()

    def _query(self, sql: str) -> Query:
        return Query(self._connection, sql, around_definition=self._bound_to_workspace)

    @contextmanager
    def _bound_to_workspace(self) -> Iterator[None]:
        """Whatever names a statement finds, it changes nothing but the workspace: its project is the server's."""
        is_alone = not self.in_transaction
        self._note_definition()
        if is_alone:
            self._connection.run("BEGIN TRANSACTION")
        try:
            self._instance.guard_project(self._connection)
            yield
            if is_alone:
                self._connection.run("COMMIT")
        except BaseException:
            if is_alone:
                self._end_quietly()
            raise
        finally:
            self._note_definition()

    def _note_definition(self) -> None:
        self._has_defined = self.in_transaction
        self._instance.definitions += 1

    def _check_expansion(self, tokens: Sequence[Token]) -> None:
        """What it defines is remembered before it is there: others may use it at once."""
        try:
            self._definitions.learn(tokens)
            self._definitions.check(tokens)
        except SqlError as error:
            raise SqlFault(error.sqlstate, error.message) from error

    def _end_quietly(self) -> None:
        try:
            self._connection.run("ROLLBACK")
        except NativeError as error:
            if "no transaction is active" not in error.message:
                raise self._fault(error) from error

    def _fault(self, error: NativeError) -> SqlFault:
        return fault_of(error)


@contextmanager
def translated() -> Iterator[None]:
    """Raise SqlFaults for what our own services raise, and for an interrupt that meets one of their statements."""
    try:
        yield
    except NativeError as error:
        raise fault_of(error) from error
    except WorkspaceBusy as error:
        raise SqlFault("57P03", error.message, is_fatal=True) from error
    except KbstoreError as error:
        raise SqlFault("58000", error.message) from error

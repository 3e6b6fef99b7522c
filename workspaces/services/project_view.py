"""Keeping what one session sees of its project current: which schemas there are, which versions its tables have."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.native import NativeConnection, NativeError, rows
from storage.engine.specs import TableSpec, VersionRef
from storage.engine.sql import literal_list, quote_literal
from storage.engine.workspace_instance import PROJECT_CATALOG, WorkspaceInstance, qualified
from storage.errors import FilterRefused, ViewOutdated
from storage.models import Event, Table, TableVersion
from storage.runtime import engine
from workspaces.models import Workspace
from workspaces.pgcatalog.names import NAMES_SCHEMA, PATH_VARIABLE
from workspaces.services.project_tables import ProjectTable, schemas_of, visible_tables
from workspaces.services.show_catalog import CatalogReader, is_catalog_shown, show_catalog
from workspaces.sql.lexer import Token
from workspaces.sql.names import table_names

#: How old the list of tables may be where nothing tells that it has changed; a name that it lacks has it read at once.
_FRESH_SECONDS = 1.0
#: Longer lists are not read at each change of the project: only the versions of what is shown are, in between.
_READ_AT_EACH_CHANGE = 500
#: Later views cannot be seen by a transaction, so it is shown all tables when it begins, as long as that is quick.
_SHOWN_AT_BEGIN = 300
#: Shapes of the tables behind views: as many are remembered.
_SPECS_KEPT = 500


@dataclass
class ProjectView:
    """Of one session and for its thread. `read` runs a function that reads the catalog and gives its answer."""

    workspace: Workspace
    instance: WorkspaceInstance
    read: CatalogReader
    #: False: the session finds no table of the project by any name.
    reads_storage: bool = True
    #: Those that it finds by their names.
    _tables: dict[tuple[str, str], ProjectTable] = field(default_factory=dict)
    #: All, also those that only other sessions find: the instance is theirs, too.
    _by_key: dict[str, ProjectTable] = field(default_factory=dict)
    _all_schemas: tuple[str, ...] = ()
    _in_catalog: object = None
    _read_at: float = 0.0
    #: The newest event of each project that it reads, as of the list.
    _events: dict[str, int] = field(default_factory=dict)
    _is_current: bool = False
    _told: tuple[str, ...] = ()
    #: Of versions that views show, which never change.
    _specs: dict[VersionRef, TableSpec] = field(default_factory=dict)
    schemas: tuple[str, ...] = ()
    path: tuple[str, ...] | None = None

    def refresh(self, connection: NativeConnection, *, at_once: bool = False, exactly: bool = False) -> bool:
        """Read the list of tables anew if it is old, and tell the connection of its schemas; whether it was read.

        `exactly`: whatever was committed before is in it, versions and all, unless the list is long.
        """
        is_young = time.monotonic() - self._read_at < _FRESH_SECONDS
        self._is_current = exactly and is_young and self.read(_newest_events, list(self._events)) == self._events
        if not at_once and is_young and (not exactly or self._is_current or len(self._by_key) > _READ_AT_EACH_CHANGE):
            return False
        found, buckets, self._events = self.read(_visible, self.workspace)
        named = found if self.reads_storage else []
        self._tables = {(table.schema.casefold(), table.name.casefold()): table for table in named}
        self._by_key = {table.alias_key: table for table in found}
        self._read_at = time.monotonic()
        self._is_current = True
        self._all_schemas = tuple(dict.fromkeys([*buckets, *(table.schema for table in found)]))
        self.schemas = self._all_schemas if self.reads_storage else ()
        if self.schemas != self._told:
            self.tell(connection)
        return True

    def tell(self, connection: NativeConnection) -> None:
        """Let the connection find names in the schemas of the path, then in those of the project."""
        self.instance.show_schemas(self.schemas, to=connection)
        self._told = self.schemas
        project = {schema.casefold(): schema for schema in self.schemas}
        wanted = [(name, _place(self.workspace, project, name)) for name in self.path or ("public",)]
        rest = [qualified(PROJECT_CATALOG, name) for name in self.schemas]
        known = _set_path(connection, wanted, [*self._own_schemas(connection), *rest, NAMES_SCHEMA])
        if self.path is not None:
            connection.run(f"SET VARIABLE {PATH_VARIABLE} = {literal_list(known)}::VARCHAR[]")

    def _own_schemas(self, connection: NativeConnection) -> list[str]:
        """So that `schema.table` of the workspace is found whatever the path begins with; the engine asks that."""
        if self.path is None:
            return []
        database = self.workspace.database
        found = rows(connection, "SELECT database_name, schema_name FROM duckdb_schemas()")
        return [qualified(database, schema) for catalog, schema in found if catalog == database]

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self._read_at

    def name_of(self, alias_key: str) -> str:
        """`schema.table`, for what is shown to users."""
        table = self._by_key.get(alias_key)
        return "a project table" if table is None else f"{table.schema}.{table.name}"

    def mentioned(self, tokens: Sequence[Token]) -> list[ProjectTable]:
        """The tables that a statement may read by name, with or without a schema."""
        names = table_names(tokens, schemas=self.schemas, search_path=self.schemas)
        keys = ((name.schema.casefold(), name.table) for name in names)
        return [self._tables[key] for key in keys if key in self._tables]

    def has_table(self, name: str) -> bool:
        """Whether a table of the project, in any bucket, is called so."""
        folded = name.casefold()
        return any(table == folded for _, table in self._tables)

    def show(self, tables: Collection[ProjectTable]) -> None:
        """Show the current version of these, and of all that are shown already: views may read them unnamed.

        What the workspace may read no more is taken away.
        """
        wanted = {table.alias_key: table for table in tables}
        for key in self.instance.shown_tables:
            if key in self._by_key:
                wanted.setdefault(key, self._by_key[key])
            else:
                self.instance.hide_table(alias_key=key)
        if not wanted:
            return
        current = {} if self._is_current else self.read(_current_versions, [_table_key(key) for key in wanted])
        for key, table in wanted.items():
            ref = table.ref if self._is_current else current.get(_table_key(key))
            if ref is None:
                self.instance.hide_table(alias_key=key)
            else:
                self._show_one(table, ref)

    def show_catalog(self, *, where_made: bool = False) -> None:
        """Let PostgreSQL's catalogs tell of the tables of the list; nothing to do until it is read anew.

        `where_made`: only if an earlier statement has asked them.
        """
        if self._in_catalog is self._tables or (where_made and not is_catalog_shown(self.instance)):
            return
        place = self.instance, self.workspace
        show_catalog(*place, tables=self._by_key.values(), schemas=self._all_schemas, read=self.read)
        self._in_catalog = self._tables

    def show_for_block(self) -> None:
        """What a transaction may come to read, shown before its snapshot is taken."""
        few = list(self._by_key.values()) if len(self._by_key) <= _SHOWN_AT_BEGIN else []
        self.show(few)

    def _show_one(self, table: ProjectTable, ref: VersionRef) -> None:
        try:
            self._show_version(table, ref)
        except VersionGone:
            # Replaced between the look and the attach.
            again = self.read(_current_versions, [_table_key(table.alias_key)])
            for newer in again.values():
                self._show_version(table, newer)

    def _show_version(self, table: ProjectTable, ref: VersionRef) -> None:
        """A view that does not fit what its table has become is not there."""
        place = {"schema": table.schema, "table": table.name, "alias_key": table.alias_key}
        seen = None if table.shape is None else (self._spec_of(ref), table.shape)
        try:
            with engine().local_file(ref) as path:
                self.instance.show_table(**place, path=path, seen=seen)
        except (FilterRefused, ViewOutdated):
            self.instance.hide_table(alias_key=table.alias_key)

    def _spec_of(self, ref: VersionRef) -> TableSpec:
        """Raises VersionGone."""
        if ref not in self._specs:
            self._specs = {known: spec for known, spec in self._specs.items() if len(self._specs) < _SPECS_KEPT}
            self._specs[ref] = self.read(_spec_of, ref)
        return self._specs[ref]


def _visible(workspace: Workspace) -> tuple[list[ProjectTable], list[str], dict[str, int]]:
    """The tables, the schemas of all buckets (an empty one is a schema, too), and the events of the projects.

    The events are read first: what is committed meanwhile makes the list be read again.
    """
    sources = {source.project_id for _, source in catalog.readable_links(workspace.project_id)}
    for project_id in sources | {workspace.project_id}:
        catalog.backend_of(project_id)  # known from now on: the session's thread may not ask
    events = _newest_events([workspace.project_id, *sorted(sources - {workspace.project_id})])
    return visible_tables(workspace), sorted(schemas_of(workspace.project_id).values()), events


def _newest_events(projects: list[str]) -> dict[str, int]:
    """Each change is an event of its project, written with it."""
    newest = (Event.objects.filter(project_id=project).values_list("pk", flat=True).first() for project in projects)
    return {project: key or 0 for project, key in zip(projects, newest, strict=True)}


def _table_key(alias_key: str) -> int:
    return int(alias_key.partition("_")[0].partition("v")[0])


def _spec_of(ref: VersionRef) -> TableSpec:
    version = TableVersion.objects.filter(pk=ref.version_id).first()
    if version is None:
        raise VersionGone
    return version.spec


def _current_versions(keys: list[int]) -> dict[int, VersionRef]:
    rows = Table.objects.filter(pk__in=keys).values_list("pk", "current_version__project", "current_version")
    return {key: VersionRef(project, version) for key, project, version in rows}


def _place(workspace: Workspace, project: dict[str, str], name: str) -> str:
    if name.casefold() in project:
        return qualified(PROJECT_CATALOG, project[name.casefold()])
    return qualified(workspace.database, "main" if name == "public" else name)


def _set_path(connection: NativeConnection, wanted: list[tuple[str, str]], rest: list[str]) -> list[str]:
    """A schema that does not exist is left out, as PostgreSQL does; the names of those that do."""
    known: dict[str, str] = {}
    for name, place in wanted:
        if len(wanted) > 1 or name != "public":
            try:
                connection.run(f"SET search_path = {quote_literal(','.join([*known.values(), place]))}")
            except NativeError:
                continue
        known[name] = place
    connection.run(f"SET search_path = {quote_literal(','.join(dict.fromkeys([*known.values(), *rest])))}")
    return list(known)

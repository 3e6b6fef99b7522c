"""PostgreSQL's catalogs inside an open workspace: made when the first statement asks them, then kept up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from storage.engine.native import NativeConnection
from storage.engine.workspace_instance import WorkspaceInstance
from storage.models import TableVersion
from workspaces.models import Credential, Workspace
from workspaces.pgcatalog.installation import install, install_names, refresh
from workspaces.pgcatalog.project import ProjectColumn, ProjectRelation
from workspaces.services.project_tables import ProjectTable

#: Reads from the product's catalog, in a thread that may.
CatalogReader = Callable[..., Any]
#: Most databases take no more values than that in one query.
_VERSIONS_AT_ONCE = 10_000


class _Shown:
    """What the catalogs of one instance hold. `lock` is held while they change."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_named = False
        self.is_installed = False
        self.project: object = None
        self.versions: dict[str, _Version] = {}


class _Version:
    """The shape of one version of a table, which never changes."""

    __slots__ = ("columns", "primary_key")

    def __init__(self, columns: Iterable[dict[str, Any]], primary_key: Iterable[str]) -> None:
        self.columns = tuple(ProjectColumn(each["name"], each["type"], each["nullable"]) for each in columns)
        self.primary_key = tuple(primary_key)


_registry = threading.Lock()
_shown: WeakKeyDictionary[WorkspaceInstance, _Shown] = WeakKeyDictionary()


def show_catalog(
    instance: WorkspaceInstance,
    workspace: Workspace,
    *,
    tables: Collection[ProjectTable],
    schemas: Collection[str],
    read: CatalogReader,
) -> None:
    """Let statements that begin now find these tables in the catalogs; cheap where they are shown already.

    Safe when several sessions ask at once: each returns when the catalogs are there.
    """
    shown = _of(instance)
    wanted = frozenset((table.schema, table.name, table.ref, table.shape) for table in tables), frozenset(schemas)
    with shown.lock:
        if shown.is_installed and shown.project == wanted:
            return
        with instance.session() as connection:
            if not shown.is_installed:
                user = read(_user_of, workspace)
                install(connection, database=workspace.database, user=user)
                shown.is_installed = True
            if shown.project != wanted:
                _refresh(connection, shown, tables, schemas, read)
                shown.project = wanted


def is_catalog_shown(instance: WorkspaceInstance) -> bool:
    """Whether the catalogs are there; what they show may be old."""
    return _of(instance).is_installed


def name_user(instance: WorkspaceInstance, workspace: Workspace, *, read: CatalogReader) -> None:
    """Let `current_user` and its kin tell whose session it is; before the first session of the instance."""
    shown = _of(instance)
    with shown.lock:
        if not shown.is_named:
            with instance.session() as connection:
                install_names(connection, database=workspace.database, user=read(_user_of, workspace))
            shown.is_named = True


def _of(instance: WorkspaceInstance) -> _Shown:
    with _registry:
        return _shown.setdefault(instance, _Shown())


def _refresh(
    connection: NativeConnection,
    shown: _Shown,
    tables: Collection[ProjectTable],
    schemas: Collection[str],
    read: CatalogReader,
) -> None:
    wanted = {table.ref.version_id for table in tables}
    missing = [version for version in wanted if version not in shown.versions]
    known = {version: shape for version, shape in shown.versions.items() if version in wanted}
    for start in range(0, len(missing), _VERSIONS_AT_ONCE):
        found = read(_versions, missing[start : start + _VERSIONS_AT_ONCE])
        known |= {key: _Version(columns, primary_key) for key, columns, primary_key in found}
    shown.versions = known
    # A version that has gone meanwhile has a later one, which the next statement shows.
    refresh(
        connection,
        [_relation(table, known[table.ref.version_id]) for table in tables if table.ref.version_id in known],
        schemas=schemas,
    )


def _relation(table: ProjectTable, version: _Version) -> ProjectRelation:
    if table.shape is None or not table.shape.columns:
        columns, key = version.columns, version.primary_key
    else:
        known = {column.name: column for column in version.columns}
        shown = [(known[source], name) for source, name in table.shape.columns if source in known]
        columns, key = tuple(replace(column, name=name) for column, name in shown), ()
    return ProjectRelation(table.schema, table.name, columns, primary_key=key, row_count=table.row_count)


def _versions(keys: list[str]) -> list[tuple[str, list[dict[str, Any]], list[str]]]:
    return list(TableVersion.objects.filter(pk__in=keys).order_by().values_list("pk", "columns", "primary_key"))


def _user_of(workspace: Workspace) -> str:
    if workspace.is_transient:
        return workspace.database
    found: str = Credential.objects.values_list("username", flat=True).get(workspace=workspace.pk)
    return found

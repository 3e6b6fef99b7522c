"""What can be named in the SQL of a workspace: tables and views with their columns, for whoever writes it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError
from storage.engine.workspace_columns import list_columns
from storage.models import TableVersion
from workspaces.models import Workspace
from workspaces.services.find_workspace import find_workspace
from workspaces.services.open_workspace import opened
from workspaces.services.project_tables import ProjectTable, visible_tables

#: Tables whose columns are told; of a project with more the others have their names only.
MAX_WITH_COLUMNS = 2_000


@dataclass(frozen=True)
class SqlName:
    """A table or view. Of a project's table: its bucket, its rows, and the key that plans have for it."""

    schema: str
    name: str
    columns: Sequence[tuple[str, str]]
    bucket: str | None = None
    rows: int | None = None
    alias_key: str | None = None


def list_sql_names(*, actor: Actor, project_id: str, workspace_id: str) -> list[SqlName]:
    """What users made in the workspace first, then the tables of the project, by schema and name.

    Without the workspace's own where its file cannot be opened now. Raises WorkspaceNotFound, WorkspaceExpired.
    """
    workspace = find_workspace(actor=actor, need=Need.READ, project_id=project_id, workspace_id=workspace_id)
    tables = visible_tables(workspace)
    columns = _columns_of(tables[:MAX_WITH_COLUMNS])
    return _own_names(workspace) + [
        SqlName(
            table.schema,
            table.name,
            _seen_columns(table, columns.get(table.ref.version_id, ())),
            bucket=table.bucket_name,
            rows=table.row_count,
            alias_key=table.alias_key,
        )
        for table in tables
    ]


def _own_names(workspace: Workspace) -> list[SqlName]:
    with suppress(KbstoreError), opened(workspace) as instance:
        return [SqlName(each.schema, each.name, each.columns) for each in list_columns(instance)]
    return []


def _seen_columns(table: ProjectTable, columns: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    if table.shape is None or not table.shape.columns:
        return columns
    types = dict(columns)
    return [(name, types[source]) for source, name in table.shape.columns if source in types]


def _columns_of(tables: Sequence[ProjectTable]) -> dict[str, list[tuple[str, str]]]:
    keys = {table.ref.version_id for table in tables}
    versions = TableVersion.objects.filter(pk__in=keys).order_by().values_list("pk", "columns")
    return {key: [(column["name"], column["type"]) for column in columns] for key, columns in versions}

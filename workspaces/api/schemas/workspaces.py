"""Shapes of workspaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from kbstore.rest.schema import FreeForm, Reply, RequestModel, Text, Timestamp
from workspaces.models import Workspace
from workspaces.services.create_workspace import NewWorkspace, WorkspaceOrder
from workspaces.services.describe_workspace import describe_workspace
from workspaces.services.get_workspace import WorkspaceContent


class WorkspaceCreateRequest(RequestModel):
    """`preload_tables` names tables as `bucket.table`; what cannot be loaded is told and fails nothing."""

    name: Text
    ttl_hours: Annotated[int, Field(ge=1, le=168)] | None = None
    size_limit_gb: Annotated[int, Field(ge=1, le=100)] = 10
    preload_tables: list[Text] = []

    def order(self) -> WorkspaceOrder:
        return WorkspaceOrder(self.name, self.ttl_hours, self.size_limit_gb, self.preload_tables)


class LoadRequest(RequestModel):
    """Each table: `source` (`bucket.table`, or `bucket` and `table`), `destination`, `columns`, `where`."""

    tables: list[FreeForm]


class ConnectionStrings(Reply):
    """How tools spell the connection, without the password."""

    psql: str
    jdbc: str
    sqlalchemy: str
    dbt: str


class ConnectionReply(Reply):
    """The password is shown when it is made, never again."""

    host: str
    port: int
    database: str
    username: str
    password: str | None
    ssl_mode: str
    connection_string: str | None
    connection_strings: ConnectionStrings


class WorkspaceReply(Reply):
    id: str
    name: str
    project_id: str
    branch_id: str | None
    created_at: Timestamp
    expires_at: Timestamp | None
    size_bytes: int
    size_limit_gb: int
    status: str
    connection: ConnectionReply | None

    @classmethod
    def of(cls, workspace: Workspace) -> WorkspaceReply:
        return cls.model_validate(describe_workspace(workspace))


class LoadFailure(Reply):
    code: str
    message: str


class LoadedTable(Reply):
    """How one table was loaded; `status` is `loaded` or `failed`."""

    source: str
    destination: str
    rows: int
    size_bytes: int
    status: str
    error: LoadFailure | None


class LoadReply(Reply):
    """An entry for each table that was asked for, in that order; 0 bytes if none could be loaded."""

    loaded: list[LoadedTable]
    workspace_size_bytes: int


class NewWorkspaceReply(WorkspaceReply):
    preloaded: list[LoadedTable]

    @classmethod
    def made(cls, new: NewWorkspace) -> NewWorkspaceReply:
        described = describe_workspace(new.workspace, password=new.password)
        return cls.model_validate(described | {"preloaded": [table.to_json() for table in new.preloaded]})


class AttachedTable(Reply):
    """A project table that the workspace can read as `schema.table`."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_name: Annotated[str, Field(serialization_alias="schema")]
    table: str
    rows: int


class WorkspaceObjectReply(Reply):
    name: str
    type: str
    rows: int


class WorkspaceDetailReply(WorkspaceReply):
    model_config = ConfigDict(serialize_by_alias=True)

    active_sessions: int
    attached_tables: list[AttachedTable]
    workspace_objects: list[WorkspaceObjectReply]

    @classmethod
    def of_content(cls, content: WorkspaceContent) -> WorkspaceDetailReply:
        more: dict[str, Any] = {
            "active_sessions": content.active_sessions,
            "attached_tables": [
                AttachedTable(schema_name=table.schema, table=table.name, rows=table.row_count)
                for table in content.attached_tables
            ],
            "workspace_objects": [WorkspaceObjectReply.model_validate(found) for found in content.objects],
        }
        return cls.model_validate(describe_workspace(content.workspace) | more)


class WorkspaceListReply(Reply):
    """`count` is the number on this page, `total` that of all."""

    workspaces: list[WorkspaceReply]
    count: int
    total: int

    @classmethod
    def page(cls, workspaces: Sequence[Workspace], total: int) -> WorkspaceListReply:
        shown = [WorkspaceReply.of(workspace) for workspace in workspaces]
        return cls(workspaces=shown, count=len(shown), total=total)

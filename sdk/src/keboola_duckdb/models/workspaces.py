"""Workspaces: places for SQL, how to connect to them, and what was run there."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import Field

from keboola_duckdb.models.base import Model, secret_field


class ConnectionStrings(Model):
    """How tools spell the connection, without the password."""

    psql: str
    jdbc: str
    sqlalchemy: str
    dbt: str


class Connection(Model):
    """`password` and `connection_string` are there when the password is made, and never again."""

    host: str
    port: int
    database: str
    username: str
    ssl_mode: str
    password: str | None = secret_field()
    connection_string: str | None = secret_field()
    connection_strings: ConnectionStrings


class Workspace(Model):
    """A workspace; `branch_id` is None for main. `connection` is None where the server takes no SQL clients."""

    id: str
    name: str
    project_id: str
    branch_id: str | None
    status: str
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    size_bytes: int
    size_limit_gb: int
    connection: Connection | None


class LoadFailure(Model):
    """Why one table could not be loaded."""

    code: str
    message: str


class LoadedTable(Model):
    """How one table was loaded; `status` is `loaded` or `failed`."""

    source: str
    destination: str
    status: str
    rows: int
    size_bytes: int
    error: LoadFailure | None


class NewWorkspace(Workspace):
    """A workspace with its password, and what became of the tables to preload."""

    preloaded: list[LoadedTable]


class WorkspaceObject(Model):
    """A table or view that users made there."""

    name: str
    type: str
    rows: int


class AttachedTable(Model):
    """A project table that the workspace can read as `schema.table`."""

    #: `schema` on the wire: pydantic models have a method of that name.
    schema_name: str = Field(alias="schema")
    table: str
    rows: int


class WorkspaceDetail(Workspace):
    """A workspace with what it holds and which project tables it sees."""

    active_sessions: int
    attached_tables: list[AttachedTable]
    workspace_objects: list[WorkspaceObject]


class WorkspaceLoad(Model):
    """An entry for each table that was asked for, in that order."""

    loaded: list[LoadedTable]
    workspace_size_bytes: int


class QueryColumn(Model):
    """`type` is PostgreSQL's name."""

    name: str
    type: str
    duckdb_type: str


class QueryResult(Model):
    """The rows of the last statement, values as in the preview of a table; `truncated` by `limit`."""

    columns: list[QueryColumn]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    command: str
    rows_changed: int | None
    elapsed_seconds: float

    def records(self) -> list[dict[str, Any]]:
        """Each row by names of columns; of columns with the same name the last one counts."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


class QueryFile(Model):
    """The rows of a query that ran as a job: in the file `file_id` of the project."""

    file_id: str
    row_count: int
    truncated: bool
    file_size_bytes: int


class LoggedQuery(Model):
    """One statement; times in milliseconds. `sql` and `text_hash` are None where the log does not keep them."""

    id: int
    workspace_id: str
    session_id: str
    user: str
    client: str
    application: str
    door: str
    kind: str
    status: str
    sqlstate: str
    sql: str | None
    text_hash: str | None
    rows: int
    bytes: int
    started_at: datetime.datetime
    duration_ms: float
    parse_ms: float
    wait_ms: float
    execute_ms: float
    send_ms: float


class Session(Model):
    """A connection to a workspace, also one that has ended."""

    session_id: str
    workspace_id: str
    status: str
    client_ip: str | None
    connected_at: datetime.datetime | None
    last_activity_at: datetime.datetime | None
    query_count: int


class SessionEnd(Model):
    """A session that is over; perhaps it was before."""

    session_id: str
    message: str


class SessionsEnd(Model):
    """The sessions that were open."""

    count: int
    session_ids: list[str]
    message: str

"""Shapes of SQL over REST and of the query log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from kbstore.rest.schema import WITHOUT_NUL, Page, Reply, RequestModel, Timestamp
from workspaces.models import LoggedQuery
from workspaces.services.sql_order import SqlOrder

ResultFormat = Literal["json", "csv", "arrow", "parquet"]
MAX_SQL_CHARACTERS = 1_000_000


class QueryRequest(RequestModel):
    """SQL of one or more statements; `parameters` are `$1`, `$2`, ... of a single one."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    sql: Annotated[str, Field(min_length=1, max_length=MAX_SQL_CHARACTERS), WITHOUT_NUL]
    parameters: Annotated[list[Any], Field(max_length=65535)] = []
    format: ResultFormat | None = None
    limit: Annotated[int, Field(ge=0)] | None = None
    timeout_seconds: Annotated[float, Field(ge=0.1)] | None = None
    respond_async: Annotated[bool, Field(alias="async")] = False

    def order(self, *, usual_format: str) -> SqlOrder:
        return SqlOrder(
            sql=self.sql,
            parameters=tuple(self.parameters),
            format=self.format or usual_format,
            limit=self.limit,
            timeout_seconds=self.timeout_seconds,
        )


class QueryColumn(Reply):
    """`type` is PostgreSQL's name."""

    name: str
    type: str
    duckdb_type: str


class QueryReply(Reply):
    """The rows of the last statement, values as in the preview of a table; `truncated` by `limit`."""

    columns: list[QueryColumn]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    command: str
    rows_changed: int | None
    elapsed_seconds: float


class LoggedQueriesQuery(Page):
    """Empty filters mean all."""

    status: Literal["", "success", "error", "cancelled", "timeout"] = ""
    kind: Annotated[str, Field(max_length=32), WITHOUT_NUL] = ""
    min_duration_ms: Annotated[float, Field(ge=0)] = 0


class LoggedQueryReply(Reply):
    """One statement; times in milliseconds. `sql` and `text_hash` are null where the log does not keep them."""

    id: int
    workspace_id: str
    started_at: Timestamp
    door: str
    session_id: str
    user: str
    client: str
    application: str
    kind: str
    status: str
    sqlstate: str
    duration_ms: float
    parse_ms: float
    wait_ms: float
    execute_ms: float
    send_ms: float
    rows: int
    bytes: int
    text_hash: str | None
    sql: str | None

    @classmethod
    def of(cls, query: LoggedQuery) -> LoggedQueryReply:
        values = {name: getattr(query, name) for name in cls.model_fields}
        return cls.model_validate(values | {"sql": query.sql or None, "text_hash": query.text_hash or None})


class LoggedQueriesReply(Reply):
    queries: list[LoggedQueryReply]
    count: int
    total: int

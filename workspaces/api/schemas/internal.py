"""Shapes of a login that an external wire server asks for."""

from __future__ import annotations

from kbstore.rest.schema import Reply, RequestModel, Text
from workspaces.api.schemas.sessions import Address
from workspaces.services.list_physical_tables import PhysicalTable
from workspaces.services.log_in import Login

#: Decimal ones first: where both fit, `4GB` is how the setting is usually written.
_UNITS = (
    ("TB", 10**12),
    ("TiB", 2**40),
    ("GB", 10**9),
    ("GiB", 2**30),
    ("MB", 10**6),
    ("MiB", 2**20),
    ("KB", 10**3),
    ("KiB", 2**10),
    ("B", 1),
)


class AuthRequest(RequestModel):
    username: Text
    password: str
    client_ip: Address | None = None


class AuthTable(Reply):
    bucket: str
    name: str
    path: str
    rows: int

    @classmethod
    def of(cls, table: PhysicalTable) -> AuthTable:
        return cls(bucket=table.bucket, name=table.name, path=str(table.path), rows=table.rows)


class AuthReply(Reply):
    """`tables` are files of the project itself, `linked_tables` those that it reads through linked buckets."""

    workspace_id: str
    project_id: str
    branch_id: str | None
    db_path: str
    tables: list[AuthTable]
    linked_tables: list[AuthTable]
    memory_limit: str
    query_timeout_seconds: int

    @classmethod
    def of(cls, login: Login) -> AuthReply:
        return cls(
            workspace_id=login.workspace.pk,
            project_id=login.workspace.project_id,
            branch_id=login.workspace.branch_id,
            db_path=str(login.db_path),
            tables=[AuthTable.of(table) for table in login.tables],
            linked_tables=[AuthTable.of(table) for table in login.linked_tables],
            memory_limit=size_text(login.memory_limit_bytes),
            query_timeout_seconds=login.query_timeout_seconds,
        )


def size_text(size_bytes: int) -> str:
    """A number of bytes as DuckDB reads it, exactly: `4GB`, `512MiB`."""
    unit, factor = next((unit, factor) for unit, factor in _UNITS if size_bytes % factor == 0 and size_bytes >= factor)
    return f"{size_bytes // factor}{unit}"

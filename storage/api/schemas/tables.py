"""Shapes of tables."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from kbstore.rest.schema import Reply, RequestModel, Text, Timestamp, timestamp
from storage.engine.specs import ColumnSpec
from storage.models import Bucket, Table, TableVersion
from storage.services.get_table import ListedTable


class ColumnRequest(RequestModel):
    name: str
    type: str
    nullable: bool = True
    default: str | None = None

    def spec(self) -> ColumnSpec:
        return ColumnSpec(self.name, self.type, self.nullable, self.default)


class TableCreateRequest(RequestModel):
    name: str
    columns: Annotated[list[ColumnRequest], Field(min_length=1)]
    primary_key: list[str] | None = None


class ForceQuery(RequestModel):
    """Whether a destructive operation goes on without the snapshot that has to precede it."""

    force: bool = False


class PreviewQuery(RequestModel):
    """`version` is the number or id of an earlier version; the current one without it."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    version: Annotated[Text | None, BeforeValidator(lambda value: value or None)] = None


class ColumnReply(Reply):
    name: str
    type: str
    nullable: bool
    ordinal_position: int


def columns_of(version: TableVersion) -> list[ColumnReply]:
    return [
        ColumnReply(name=column["name"], type=column["type"], nullable=column["nullable"], ordinal_position=position)
        for position, column in enumerate(version.columns, start=1)
    ]


class TableReply(Reply):
    name: str
    bucket: str
    columns: list[ColumnReply]
    row_count: int
    size_bytes: int
    primary_key: list[str]
    created_at: Timestamp | None
    source: str

    @classmethod
    def of(cls, table: Table, bucket_name: str) -> TableReply:
        version = table.current_version
        return cls(
            name=table.name,
            bucket=bucket_name,
            columns=columns_of(version),
            row_count=version.row_count,
            size_bytes=version.size_bytes,
            primary_key=version.primary_key,
            created_at=table.created_at,
            source=source_of(table),
        )


def source_of(table: Table) -> str:
    """Where the caller's view of a table comes from."""
    return _source(is_linked=table.via_link is not None, branch_id=table.branch_id)


def _source(*, is_linked: bool, branch_id: str | None) -> str:
    if is_linked:
        return "linked"
    return "main" if branch_id is None else "branch"


def listed_table(table: ListedTable, bucket: Bucket) -> dict[str, Any]:
    """The members of a TableReply. Checking those of a thousand tables would take longer than reading them."""
    columns = [
        {"name": column["name"], "type": column["type"], "nullable": column["nullable"], "ordinal_position": position}
        for position, column in enumerate(table.columns, start=1)
    ]
    return {
        "name": table.name,
        "bucket": bucket.name,
        "columns": columns,
        "row_count": table.row_count,
        "size_bytes": table.size_bytes,
        "primary_key": table.primary_key,
        "created_at": timestamp(table.created_at),
        "source": _source(is_linked=bucket.is_linked, branch_id=table.branch_id),
    }


class TablesReply(Reply):
    """Exactly these two members: clients count them. Only describes the answer, which `listed_table` makes."""

    tables: list[TableReply]
    total: int


class PreviewReply(Reply):
    """Only describes the answer: its rows arrive from the engine as JSON and are never parsed here."""

    columns: list[ColumnReply]
    rows: list[dict[str, object]]
    total_row_count: int
    preview_row_count: int

"""Dev branches, and how they differ from main."""

from __future__ import annotations

import datetime

from keboola_duckdb.models.base import Model
from keboola_duckdb.models.tables import Column


class Branch(Model):
    """A dev branch; sizes are those of its own copies of tables."""

    id: str
    project_id: str
    name: str
    description: str | None
    created_at: datetime.datetime
    created_by: str | None
    table_count: int
    size_bytes: int


class CopiedTable(Model):
    """A table that the branch has for itself."""

    bucket_name: str
    table_name: str
    copied_at: datetime.datetime


class BranchDetail(Branch):
    """A branch with its own tables."""

    copied_tables: list[CopiedTable]


class DiffSide(Model):
    """A table as main or the branch has it."""

    columns: list[Column]
    primary_key: list[str]
    row_count: int
    size_bytes: int


class ColumnDiff(Model):
    """A column that both sides have, differently."""

    name: str
    main_type: str
    branch_type: str
    main_nullable: bool
    branch_nullable: bool
    default_changed: bool


class TableDiff(Model):
    """`change` is `changed`, `branch_only` or `deleted_in_main`; a push over `main_changed_since` needs `force`."""

    bucket_name: str
    table_name: str
    change: str
    main_changed_since: bool
    main: DiffSide | None
    branch: DiffSide
    columns_added: list[str]
    columns_removed: list[str]
    columns_changed: list[ColumnDiff]
    primary_key_changed: bool


class PullResult(Model):
    """`was_local` says whether the branch had a table of its own to drop."""

    bucket_name: str
    table_name: str
    was_local: bool
    message: str


class PushResult(Model):
    """Main's table after a push; `snapshot_id` is that of what it replaced, if settings wanted one."""

    bucket_name: str
    table_name: str
    row_count: int
    size_bytes: int
    snapshot_id: str | None

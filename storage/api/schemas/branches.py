"""Shapes of dev branches."""

from __future__ import annotations

from collections.abc import Sequence

from kbstore.rest.schema import Description, Reply, RequestModel, Text, Timestamp
from storage.api.schemas.tables import ColumnReply, columns_of
from storage.models import Branch, Snapshot, Table, TableVersion
from storage.services.diff_branch import TableDiff


class BranchCreateRequest(RequestModel):
    name: Text
    description: Description | None = None


class BranchUpdateRequest(RequestModel):
    """What is left out stays; a null name, too. A null description goes."""

    name: Text | None = None
    description: Description | None = None

    def changes(self) -> dict[str, str | None]:
        given = self.model_dump(include=self.model_fields_set)
        return {field: value for field, value in given.items() if field != "name" or value is not None}


class PushQuery(RequestModel):
    """`keep`: the branch keeps its own version. `force`: also if main changed meanwhile or cannot be kept before."""

    keep: bool = False
    force: bool = False


class BranchReply(Reply):
    id: str
    project_id: str
    name: str
    created_at: Timestamp
    #: Null by the contract; the catalog and the history know who it was.
    created_by: None
    description: str | None
    table_count: int
    size_bytes: int

    @classmethod
    def of(cls, branch: Branch) -> BranchReply:
        return cls(
            id=branch.pk,
            project_id=branch.project_id,
            name=branch.name,
            created_at=branch.created_at,
            created_by=None,
            description=branch.description,
            table_count=branch.table_count,
            size_bytes=branch.size_bytes,
        )


class CopiedTable(Reply):
    bucket_name: str
    table_name: str
    copied_at: Timestamp


class BranchDetailReply(BranchReply):
    copied_tables: list[CopiedTable]

    @classmethod
    def with_tables(cls, branch: Branch, tables: Sequence[Table]) -> BranchDetailReply:
        copied = [
            CopiedTable(bucket_name=table.bucket.name, table_name=table.name, copied_at=table.created_at)
            for table in tables
        ]
        return cls(**BranchReply.of(branch).model_dump(mode="python"), copied_tables=copied)


class BranchesReply(Reply):
    """`count` is the number on this page, `total` that of all branches."""

    branches: list[BranchReply]
    count: int
    total: int


class PullReply(Reply):
    bucket_name: str
    table_name: str
    was_local: bool
    message: str

    @classmethod
    def of(cls, bucket_name: str, table_name: str, *, was_local: bool) -> PullReply:
        message = "Table now reads from main (live view)" if was_local else "Table was already reading from main"
        return cls(bucket_name=bucket_name, table_name=table_name, was_local=was_local, message=message)


class PushReply(Reply):
    """Main's table after a push; `snapshot_id` is that of what it replaced, if settings wanted one."""

    bucket_name: str
    table_name: str
    row_count: int
    size_bytes: int
    snapshot_id: str | None

    @classmethod
    def of(cls, bucket_name: str, table_name: str, version: TableVersion, snapshot: Snapshot | None) -> PushReply:
        return cls(
            bucket_name=bucket_name,
            table_name=table_name,
            row_count=version.row_count,
            size_bytes=version.size_bytes,
            snapshot_id=snapshot.pk if snapshot else None,
        )


class DiffSide(Reply):
    """A table as main or the branch has it."""

    row_count: int
    size_bytes: int
    primary_key: list[str]
    columns: list[ColumnReply]

    @classmethod
    def of(cls, version: TableVersion) -> DiffSide:
        return cls(
            row_count=version.row_count,
            size_bytes=version.size_bytes,
            primary_key=version.primary_key,
            columns=columns_of(version),
        )


class ColumnDiff(Reply):
    name: str
    main_type: str
    branch_type: str
    main_nullable: bool
    branch_nullable: bool
    default_changed: bool


class TableDiffReply(Reply):
    """`change` is `changed`, `branch_only` or `deleted_in_main`; `main_changed_since` means a push needs `force`."""

    bucket_name: str
    table_name: str
    change: str
    main: DiffSide | None
    branch: DiffSide
    columns_added: list[str]
    columns_removed: list[str]
    columns_changed: list[ColumnDiff]
    primary_key_changed: bool
    main_changed_since: bool

    @classmethod
    def of(cls, diff: TableDiff) -> TableDiffReply:
        return cls(
            bucket_name=diff.own.bucket.name,
            table_name=diff.own.name,
            change=diff.change,
            main=None if diff.main is None else DiffSide.of(diff.main.current_version),
            branch=DiffSide.of(diff.own.current_version),
            columns_added=diff.columns_added,
            columns_removed=diff.columns_removed,
            columns_changed=[ColumnDiff(**column) for column in diff.columns_changed],
            primary_key_changed=diff.primary_key_changed,
            main_changed_since=diff.main_changed_since,
        )


class BranchDiffReply(Reply):
    branch_id: str
    tables: list[TableDiffReply]
    total: int

"""Look at snapshot settings: what is in force at a level, where it comes from, and what is set there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import BucketReadOnly, OperationNotAllowedOnBranch, TableNotFound
from storage.models import Bucket, Project, Table
from storage.services.snapshot_config import SnapshotConfig, config_of


@dataclass(frozen=True)
class SettingsLevel:
    """A project, one of its buckets, or a table of it: what settings can be set for."""

    project: Project
    bucket: Bucket | None = None
    table: Table | None = None

    @property
    def owner(self) -> Project | Bucket | Table:
        """The row that holds what is set at this level."""
        return self.table or self.bucket or self.project

    @property
    def config(self) -> SnapshotConfig:
        return config_of(self.project, self.bucket, self.table)

    @property
    def local(self) -> dict[str, Any] | None:
        """What is set at this level; None if nothing."""
        return self.owner.snapshot_settings or None


def get_snapshot_settings(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str | None = None,
    bucket_name: str | None = None,
    table_name: str | None = None,
) -> SettingsLevel:
    """The level that the names lead to, with its rows. A link has none for its tables: TableNotFound."""
    need = Need.MANAGE if branch_id is None else Need.READ
    actor.require(need, project_id=project_id, branch_id=branch_id)
    try:
        return find_level(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name)
    except BucketReadOnly as error:
        raise _no_table(project_id, bucket_name or "", table_name or "") from error


def find_level(
    *, project_id: str, branch_id: str | None = None, bucket_name: str | None = None, table_name: str | None = None
) -> SettingsLevel:
    """C1 to C6 as far as the names go, for a change. A link has nothing to snapshot: BucketReadOnly for its tables."""
    project = catalog.find_project(project_id)
    if branch_id is None or bucket_name is None:
        return SettingsLevel(project)
    if catalog.find_branch(project_id, branch_id) is not None:
        raise OperationNotAllowedOnBranch("manage snapshot settings", branch_id)
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    if table_name is None:
        return SettingsLevel(project, catalog.find_bucket(**place))
    try:
        table = catalog.find_writable_table(**place, table_name=table_name)
    except TableNotFound as error:
        raise _no_table(project_id, bucket_name, table_name) from error
    return SettingsLevel(project, table.bucket, table)


def _no_table(project_id: str, bucket_name: str, table_name: str) -> TableNotFound:
    """The contract has one detail more here than elsewhere."""
    error = TableNotFound(project_id, bucket_name, table_name)
    error.details = (error.details or {}) | {"branch_id": None}
    return error

"""The files of the tables that a workspace reads: of its project, as its branch sees them, and of linked buckets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from storage.engine.specs import TableAddress
from storage.models import Bucket, BucketShare, Table
from storage.runtime import engine
from workspaces.models import Workspace

_COLUMNS = (
    "bucket__project_id",
    "bucket_id",
    "bucket__name",
    "name",
    "branch_id",
    "current_version__row_count",
)


@dataclass(frozen=True)
class PhysicalTable:
    """`path` is the link that leads to the table's current version: a DuckDB file to open READ_ONLY."""

    bucket: str
    name: str
    path: Path
    rows: int


@dataclass(frozen=True)
class _Row:
    project_id: str
    bucket_id: int
    bucket: str
    name: str
    branch_id: str | None
    rows: int

    def shown_in(self, bucket: str) -> PhysicalTable:
        address = TableAddress(self.project_id, self.branch_id, self.bucket, self.name)
        return PhysicalTable(bucket, self.name, engine().link_path(address), self.rows)


def list_physical_tables(workspace: Workspace) -> list[PhysicalTable]:
    """Of each table of the project the branch's own version, if there is one, else main's; by bucket and name."""
    of_branch = Q(branch=None)
    if workspace.branch_id is not None:
        of_branch |= Q(branch=workspace.branch_id)
    # Main's come first, so that the branch's take their places.
    found = _rows(Table.objects.filter(of_branch, bucket__project=workspace.project_id))
    seen = {(row.bucket, row.name): row for row in sorted(found, key=lambda row: row.branch_id is not None)}
    return _in_order(row.shown_in(row.bucket) for row in seen.values())


def list_linked_tables(workspace: Workspace) -> list[PhysicalTable]:
    """The tables of linked buckets, under the names of the links; a link without a share shows none."""
    links = Bucket.objects.filter(project=workspace.project_id, source_project_id__isnull=False)
    wanted = [(link.name, (link.source_project_id, link.source_bucket_name)) for link in links]
    if not wanted:
        return []
    readable = _readable_tables(workspace.project_id, {source for _, source in wanted})
    return _in_order(row.shown_in(link) for link, source in wanted for row in readable.get(source, ()))


def _readable_tables(
    project_id: str, sources: set[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], list[_Row]]:
    tables = Table.objects.filter(
        branch=None,
        bucket__source_project_id=None,
        bucket__project__in={project for project, _ in sources},
        bucket__name__in={name for _, name in sources},
    )
    shared = set(BucketShare.objects.filter(target_project=project_id).values_list("bucket_id", flat=True))
    found: dict[tuple[str | None, str | None], list[_Row]] = {}
    for row in _rows(tables):
        is_free = not settings.REQUIRE_SHARE_FOR_LINK or row.project_id == project_id
        if is_free or row.bucket_id in shared:
            found.setdefault((row.project_id, row.bucket), []).append(row)
    return found


def _rows(tables: QuerySet[Table]) -> list[_Row]:
    return [_Row(*values) for values in tables.order_by().values_list(*_COLUMNS)]


def _in_order(tables: Iterable[PhysicalTable]) -> list[PhysicalTable]:
    """By code points: databases differ in how they sort text."""
    return sorted(tables, key=lambda table: (table.bucket, table.name))

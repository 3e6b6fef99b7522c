"""The files of the tables that a workspace reads: of its project, as its branch sees them, and of linked buckets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q, QuerySet

from storage import catalog
from storage.engine.specs import TableAddress
from storage.models import Table
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

    def shown_in(self, bucket: str) -> PhysicalTable | None:
        """None if the table backend has no file for other processes to open."""
        address = TableAddress(self.project_id, self.branch_id, self.bucket, self.name)
        path = engine().link_path(address)
        return None if path is None else PhysicalTable(bucket, self.name, path, self.rows)


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
    links: dict[int, list[str]] = {}
    for link, source in catalog.readable_links(workspace.project_id):
        links.setdefault(source.pk, []).append(link.name)
    found = _rows(Table.objects.filter(bucket__in=links, branch=None)) if links else []
    return _in_order(row.shown_in(link) for row in found for link in links[row.bucket_id])


def _rows(tables: QuerySet[Table]) -> list[_Row]:
    return [_Row(*values) for values in tables.order_by().values_list(*_COLUMNS)]


def _in_order(tables: Iterable[PhysicalTable | None]) -> list[PhysicalTable]:
    """By code points: databases differ in how they sort text."""
    return sorted(filter(None, tables), key=lambda table: (table.bucket, table.name))

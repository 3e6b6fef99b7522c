"""What a workspace sees of its project: names to versions, with its branch's own tables, links and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from storage import catalog
from storage.engine.specs import VersionRef, ViewShape
from storage.errors import BucketNotFound, TableNotFound
from storage.models import Bucket, Table
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of
from workspaces.services.project_views import SeenTable, SeenView, visible_views
from workspaces.sql.names import schema_name, schema_names

#: The bucket's name, and `_LISTED` of a table in it.
_Row = tuple[str, int, str, str, str, int]
_LISTED = ("pk", "name", "current_version__project", "current_version", "current_version__row_count")


@dataclass(frozen=True)
class ProjectTable:
    """A table under the name that it has in SQL. `alias_key` names it for good, whatever version is current.

    With a `shape` it is a view of the table that `key` is of, and `row_count` is that of the table.
    """

    schema: str
    name: str
    bucket_name: str
    row_count: int
    ref: VersionRef
    key: int
    alias_key: str
    shape: ViewShape | None = None

    @property
    def source(self) -> SeenTable:
        return SeenTable(self.key, self.ref, self.row_count)


def schemas_of(project_id: str) -> dict[str, str]:
    """The schema of each bucket by the bucket's name: one that needs no quotes, `in.c-sales` is `in_c_sales`."""
    return schema_names(Bucket.objects.filter(project=project_id).order_by().values_list("name", flat=True))


def visible_tables(workspace: Workspace) -> list[ProjectTable]:
    """Every table and view that the workspace may read, each once, by bucket and name."""
    schemas = schemas_of(workspace.project_id)
    links = catalog.readable_links(workspace.project_id)
    found = {
        (row[0], row[2]): _project_table(schemas[row[0]], *row)
        for row in (*_own_tables(workspace), *_linked_tables(links))
        if row[0] in schemas
    }
    for view in visible_views(workspace, links, {place: table.source for place, table in found.items()}):
        if view.bucket_name in schemas:
            found[view.bucket_name, view.name] = _project_view(schemas[view.bucket_name], view)
    return sorted(found.values(), key=lambda table: (table.bucket_name, table.name))


def find_project_table(workspace: Workspace, bucket_name: str, table_name: str) -> Table:
    """The table with its current version; the bucket by its name, or by one that stands for the same schema.

    Raises TableNotFound, BucketNotFound, BucketNotShared.
    """
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "table_name": table_name}
    try:
        return catalog.find_table(**place, bucket_name=bucket_name)
    except (BucketNotFound, TableNotFound):
        wanted = {schema_name(bucket_name), bucket_name.lower()}
        for other, schema in sorted(schemas_of(workspace.project_id).items()):
            if other != bucket_name and schema in wanted:
                try:
                    return catalog.find_table(**place, bucket_name=other)
                except TableNotFound:
                    continue
        raise


def _own_tables(workspace: Workspace) -> list[_Row]:
    seen_by_all = Q(branch=None)
    of_branch = seen_by_all if workspace.branch_id is None else seen_by_all | Q(branch=workspace.branch_id)
    tables = Table.objects.filter(of_branch, bucket__project=workspace.project_id)
    # Those of main first, so that the branch's take their places.
    rows = tables.order_by(F("branch").asc(nulls_first=True)).values_list("bucket__name", *_LISTED)
    return list({(row[0], row[2]): row for row in rows}.values())


def _linked_tables(links: Sequence[tuple[Bucket, Bucket]]) -> list[_Row]:
    names: dict[int, list[str]] = {}
    for link, source in links:
        names.setdefault(source.pk, []).append(link.name)
    if not names:
        return []
    rows = Table.objects.filter(bucket__in=names, branch=None).order_by().values_list("bucket", *_LISTED)
    return [(name, *row) for source, *row in rows for name in names[source]]


def _project_table(
    schema: str, bucket_name: str, key: int, name: str, project_id: str, version_id: str, row_count: int
) -> ProjectTable:
    ref = VersionRef(project_id, version_id)
    return ProjectTable(schema, name, bucket_name, row_count, ref, key, alias_key_of(key, schema))


def _project_view(schema: str, view: SeenView) -> ProjectTable:
    table = view.table
    alias_key = alias_key_of(table.key, schema, view_key=view.key)
    return ProjectTable(
        schema, view.name, view.bucket_name, table.row_count, table.ref, table.key, alias_key, view.shape
    )


def alias_key_of(table_key: int, schema: str, *, view_key: int | None = None) -> str:
    """The table's key first, then its schema: two links, or a view, may show one table under two names."""
    return f"{table_key}_{schema}" if view_key is None else f"{table_key}v{view_key}_{schema}"

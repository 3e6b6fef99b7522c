"""What a workspace sees of its project: names to versions, with its branch's own tables and linked buckets."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q

from storage import catalog
from storage.engine.specs import VersionRef
from storage.errors import BucketNotFound, TableNotFound
from storage.models import Bucket, Table
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of
from workspaces.sql.names import schema_name, schema_names

#: The bucket's name, and `_LISTED` of a table in it.
_Row = tuple[str, int, str, str, str, int]
_LISTED = ("pk", "name", "current_version__project", "current_version", "current_version__row_count")


@dataclass(frozen=True)
class ProjectTable:
    """A table under the name that it has in SQL. `alias_key` names it for good, whatever version is current."""

    schema: str
    name: str
    bucket_name: str
    row_count: int
    ref: VersionRef
    alias_key: str


def schemas_of(project_id: str) -> dict[str, str]:
    """The schema of each bucket by the bucket's name: one that needs no quotes, `in.c-sales` is `in_c_sales`."""
    return schema_names(Bucket.objects.filter(project=project_id).order_by().values_list("name", flat=True))


def visible_tables(workspace: Workspace) -> list[ProjectTable]:
    """Every table that the workspace may read, each once, by bucket and name."""
    schemas = schemas_of(workspace.project_id)
    found = [
        _project_table(schemas[row[0]], *row)
        for row in (*_own_tables(workspace), *_linked_tables(workspace.project_id))
        if row[0] in schemas
    ]
    return sorted(found, key=lambda table: (table.bucket_name, table.name))


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


def _linked_tables(project_id: str) -> list[_Row]:
    links: dict[int, list[str]] = {}
    for link, source in catalog.readable_links(project_id):
        links.setdefault(source.pk, []).append(link.name)
    if not links:
        return []
    rows = Table.objects.filter(bucket__in=links, branch=None).order_by().values_list("bucket", *_LISTED)
    return [(name, *row) for source, *row in rows for name in links[source]]


def _project_table(
    schema: str, bucket_name: str, key: int, name: str, project_id: str, version_id: str, row_count: int
) -> ProjectTable:
    ref = VersionRef(project_id, version_id)
    return ProjectTable(schema, name, bucket_name, row_count, ref, alias_key_of(key, schema))


def alias_key_of(table_key: int, schema: str) -> str:
    """The table's key first, then its schema: two links may show one table under two names."""
    return f"{table_key}_{schema}"

"""What a workspace sees of its project: names to versions, with its branch's own tables and linked buckets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import F, Q

from storage import catalog
from storage.engine.specs import VersionRef
from storage.errors import BucketNotFound, TableNotFound
from storage.models import Bucket, Table
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of

_NO_LETTER = re.compile(r"[^A-Za-z0-9_]")
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


def schema_name(bucket_name: str) -> str:
    """The schema of a bucket: a name that needs no quotes, `in.c-sales` is `in_c_sales`."""
    return _NO_LETTER.sub("_", bucket_name)


def visible_tables(workspace: Workspace) -> list[ProjectTable]:
    """Every table that the workspace may read, each once, by bucket and name.

    Of two buckets with one schema name the one that is spelled like the schema is meant, else the first by name.
    """
    found = _own_tables(workspace) + _linked_tables(workspace.project_id)
    owners: dict[str, str] = {}
    for bucket in sorted({table.bucket_name for table in found}, key=lambda name: (name != schema_name(name), name)):
        owners.setdefault(schema_name(bucket), bucket)
    shown = [table for table in found if owners[table.schema] == table.bucket_name]
    return sorted(shown, key=lambda table: (table.bucket_name, table.name))


def find_project_table(workspace: Workspace, bucket_name: str, table_name: str) -> Table:
    """The table with its current version; the bucket by its name, or by one that stands for the same schema.

    Raises TableNotFound, BucketNotFound, BucketNotShared.
    """
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "table_name": table_name}
    try:
        return catalog.find_table(**place, bucket_name=bucket_name)
    except (BucketNotFound, TableNotFound):
        schema = schema_name(bucket_name)
        names = Bucket.objects.filter(project=workspace.project_id).values_list("name", flat=True)
        for other in sorted(name for name in names if name != bucket_name and schema_name(name) == schema):
            try:
                return catalog.find_table(**place, bucket_name=other)
            except TableNotFound:
                continue
        raise


def _own_tables(workspace: Workspace) -> list[ProjectTable]:
    seen_by_all = Q(branch=None)
    of_branch = seen_by_all if workspace.branch_id is None else seen_by_all | Q(branch=workspace.branch_id)
    tables = Table.objects.filter(of_branch, bucket__project=workspace.project_id)
    # Those of main first, so that the branch's take their places.
    rows = tables.order_by(F("branch").asc(nulls_first=True)).values_list("bucket__name", *_LISTED)
    return list({(bucket, row[1]): _project_table(bucket, *row) for bucket, *row in rows}.values())


def _linked_tables(project_id: str) -> list[ProjectTable]:
    links: dict[int, list[str]] = {}
    for link, source in catalog.readable_links(project_id):
        links.setdefault(source.pk, []).append(link.name)
    if not links:
        return []
    rows = Table.objects.filter(bucket__in=links, branch=None).order_by().values_list("bucket", *_LISTED)
    return [_project_table(name, *row) for source, *row in rows for name in links[source]]


def _project_table(
    bucket_name: str, key: int, name: str, project_id: str, version_id: str, row_count: int
) -> ProjectTable:
    schema, ref = schema_name(bucket_name), VersionRef(project_id, version_id)
    return ProjectTable(schema, name, bucket_name, row_count, ref, alias_key_of(key, bucket_name))


def alias_key_of(table_key: int, bucket_name: str) -> str:
    """The table's key first, then its schema: two links may show one table under two names."""
    return f"{table_key}_{schema_name(bucket_name)}"

"""The history of a table."""

from __future__ import annotations

from django.db.models import Prefetch

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Snapshot, Table, TableVersion
from storage.services.find_version import versions_of


def list_versions(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    limit: int,
    offset: int,
) -> tuple[Table, list[TableVersion], int]:
    """The table, one page of its versions, newest first, and how many there are in all.

    On a branch: the branch's own versions, or main's while it reads the table live. Each has the `snapshots` that
    the branch can see.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    table = catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    branch = None if catalog.is_default(branch_id) else branch_id
    visible = Snapshot.objects.live().filter(project=project_id, branch=branch)
    versions = versions_of(table)
    page = versions.prefetch_related(Prefetch("snapshots", visible))[offset : offset + limit]
    return table, list(page), versions.count()

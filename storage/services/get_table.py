"""Look at tables."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Table


def get_table(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table:
    """The table with its current version, in one query."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    return catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )


def list_tables(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, limit: int | None, offset: int
) -> tuple[list[Table], int]:
    """One page by name (all without a limit), and how many there are in all."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    tables = catalog.visible_tables(bucket, catalog.find_branch(project_id, branch_id))
    page = list(tables[offset : None if limit is None else offset + limit])
    if bucket.is_linked:
        for table in page:
            table.via_link = bucket
    complete = limit is None and offset == 0
    return page, len(page) if complete else tables.count()

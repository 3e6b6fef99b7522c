"""Look at tables."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Bucket, Table


def get_table(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table:
    """The table with its current version, in one query."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    return catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )


class ListedTable(NamedTuple):
    """What a list says of a table, as plain values: a list may hold thousands, and rows of models cost most of it."""

    name: str
    branch_id: str | None
    created_at: datetime.datetime
    columns: list[dict[str, Any]]
    primary_key: list[str]
    row_count: int
    size_bytes: int


_OF_VERSION = ("columns", "primary_key", "row_count", "size_bytes")
_LISTED = ("name", "branch_id", "created_at", *(f"current_version__{name}" for name in _OF_VERSION))


def list_tables(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, limit: int | None, offset: int
) -> tuple[Bucket, list[ListedTable], int]:
    """The bucket, one page of its tables by name (all without a limit), and how many there are in all."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    tables = catalog.visible_tables(bucket, catalog.find_branch(project_id, branch_id))
    rows = tables.values_list(*_LISTED)[offset : None if limit is None else offset + limit]
    page = [ListedTable(*row) for row in rows]
    complete = limit is None and offset == 0
    return bucket, page, len(page) if complete else tables.count()

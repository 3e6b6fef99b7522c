"""Look at views."""

from __future__ import annotations

from typing import Literal

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.specs import PageOrder
from storage.errors import TableNotFound, ViewNotFound
from storage.runtime import engine
from storage.services.find_readable import Readable, find_readable, visible_views


def get_view(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, view_name: str) -> Readable:
    """The view with the table behind it. Raises ViewNotFound, also for a table of that name, ViewSourceNotFound."""
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    try:
        found = get_readable(actor=actor, **place, table_name=view_name)
    except TableNotFound as error:
        raise ViewNotFound(project_id, bucket_name, view_name) from error
    if not found.is_view:
        raise ViewNotFound(project_id, bucket_name, view_name)
    return found


def get_readable(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Readable:
    """The table or view of that name, whichever it is."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    return find_readable(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name)


def list_relations(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str
) -> list[tuple[str, Literal["table", "view"]]]:
    """All tables and views of a bucket by name, each name as what it is read as."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    bucket = catalog.find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    tables = catalog.visible_tables(bucket, catalog.find_branch(project_id, branch_id))
    owners = dict(tables.values_list("name", "branch_id"))
    found: dict[str, Literal["table", "view"]] = dict.fromkeys(owners, "table")
    for view in visible_views(bucket, branch_id):
        if view.name not in owners or (owners[view.name] is None and view.branch_id is not None):
            found[view.name] = "view"
    return sorted(found.items())


def count_rows_of(readable: Readable) -> int:
    """As the catalog knows it; of a view with conditions counted now."""
    version = readable.version
    if readable.shape is None or not readable.shape.filters:
        return version.row_count
    return engine().read_page(version.ref, version.spec, PageOrder(limit=0, view=readable.shape)).matching

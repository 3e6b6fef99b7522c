"""The first rows of a table."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.specs import Preview
from storage.models import Table
from storage.runtime import engine


def preview_table(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str, limit: int
) -> tuple[Table, Preview]:
    """Rows of the current version; a writer neither waits for this nor delays it."""
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)

    def read() -> tuple[Table, Preview]:
        table = catalog.find_table(
            project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
        )
        version = table.current_version
        return table, engine().preview(version.ref, version.spec.columns, limit)

    try:
        return read()
    except VersionGone:
        # A writer let go of it between the look-up and the attach: the next look-up finds its successor.
        return read()

"""The first rows of a table."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.specs import Preview
from storage.models import TableVersion
from storage.runtime import engine
from storage.services.find_version import find_version


def preview_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    limit: int,
    version: str | None = None,
) -> tuple[TableVersion, Preview]:
    """Rows of the current version, or of an earlier one by number or id; a writer neither waits for this nor delays it.

    Raises VersionNotFound.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)

    def read() -> tuple[TableVersion, Preview]:
        table = catalog.find_table(
            project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
        )
        shown = table.current_version if version is None else find_version(table, version)
        return shown, engine().preview(shown.ref, shown.spec.columns, limit)

    try:
        return read()
    except VersionGone:
        # A writer let go of it between the look-up and the attach: the next look-up finds its successor.
        return read()

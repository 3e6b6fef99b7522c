"""Look through the rows of a table, page by page, filtered and sorted."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.specs import PageOrder, RowPage
from storage.models import TableVersion
from storage.runtime import engine
from storage.services.find_version import find_version


def browse_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: PageOrder,
    version: str | None = None,
) -> tuple[TableVersion, RowPage]:
    """A page of the current version, or of an earlier one by number or id, and that version; it takes no lock.

    Raises VersionNotFound, InvalidFilter, InvalidWhereClause, InvalidColumns, OperationTimeout.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)

    def read() -> tuple[TableVersion, RowPage]:
        table = catalog.find_table(
            project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
        )
        shown = table.current_version if version is None else find_version(table, version)
        return shown, engine().read_page(shown.ref, shown.spec, order)

    try:
        return read()
    except VersionGone:
        # A writer let go of it between the look-up and the attach: the next look-up finds its successor.
        return read()

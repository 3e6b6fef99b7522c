"""Look through the rows of a table, page by page, filtered and sorted."""

from __future__ import annotations

from collections.abc import Sequence

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine import row_page
from storage.engine.errors import VersionGone
from storage.engine.specs import PageOrder, RowFilter, RowPage
from storage.models import TableVersion
from storage.runtime import engine
from storage.services.find_version import find_version


def condition_of(version: TableVersion, filters: Sequence[RowFilter], condition: str | None = None) -> str:
    """The condition in SQL that finds the same rows in an export. Raises InvalidFilter, InvalidWhereClause."""
    return row_page.condition_of(version.spec, filters, condition)


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

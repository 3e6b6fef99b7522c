"""Bring back an earlier version of a table."""

from __future__ import annotations

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.specs import SealedVersion
from storage.errors import VersionNotFound
from storage.models import Table, TableVersion
from storage.runtime import engine
from storage.services.find_version import find_version
from storage.services.publish_version import Publication, publish
from storage.services.write_target import write_target


@operation("restore_version", resource_type="table", need=Need.WRITE)
def restore_version(
    *, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str, version: str
) -> Table:
    """The table after `version`, a number or an id, was published again as its next one; the current one stays.

    No snapshot is taken: the history holds what is replaced. Raises VersionNotFound.
    """
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    table = catalog.find_writable_table(**place)
    find_version(table, version)
    with write_target(table, branch_id) as target:
        wanted = find_version(target.table or table, version)
        if wanted.pk != target.base.pk:
            publication = Publication(
                operation="restore",
                actor_label=actor.label,
                details={
                    "bucket_name": bucket_name,
                    "table_name": table_name,
                    "branch_id": branch_id,
                    "version": wanted.number,
                    "version_id": wanted.pk,
                    "row_count": wanted.row_count,
                },
            )
            publish(target, second_name_of(wanted, table), publication)
    return catalog.find_writable_table(**place)


def second_name_of(version: TableVersion, table: Table) -> SealedVersion:
    """The content of a version as a version of its own. Raises VersionNotFound if its file is lost."""
    try:
        return engine().duplicate(version.sealed, version.project_id)
    except VersionGone as error:
        raise VersionNotFound(table.name, str(version.number)) from error

"""Make a table of an earlier state of another one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.errors import VersionGone
from storage.errors import NoSuchState, TableExists
from storage.models import Table, TableVersion
from storage.names import check_table_name
from storage.runtime import engine
from storage.services.find_version import versions_of
from storage.services.publish_version import Publication, publish_new_table
from storage.services.structure_lock import structure_locked


@operation("create_table_from_time_travel", resource_type="table", need=Need.WRITE)
def travel_in_time(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    name: str,
    source: Mapping[str, str],
    moment: datetime.datetime,
) -> tuple[Table, TableVersion]:
    """A new table with the rows that `source` had at a moment, without a copy of them; and the version it is made of.

    `source` are the keywords of a look-up of a table. That is the newest version that is kept of those published
    until then. Raises NoSuchState if there is none, TableExists, TableNotFound.
    """
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    actor.require(Need.READ, project_id=source["project_id"], branch_id=source["branch_id"])
    table = catalog.find_table(**source)
    bucket = catalog.find_writable_bucket(**place)
    branch = catalog.find_branch(project_id, branch_id)
    if catalog.visible_tables(bucket, branch).filter(name=name).exists():
        raise TableExists(project_id, bucket_name, name)
    check_table_name(name)
    version = versions_of(table).filter(created_at__lte=moment).order_by("-created_at", "-number").first()
    if version is None:
        raise NoSuchState(table.name, moment)
    try:
        sealed = engine().duplicate(version.sealed, project_id)
    except VersionGone as error:
        raise NoSuchState(table.name, moment) from error
    publication = Publication(
        operation="time_travel",
        actor_label=actor.label,
        details={
            "bucket_name": bucket_name,
            "table_name": name,
            "source": f"{table.bucket.name}.{table.name}",
            "version": version.number,
            "row_count": version.row_count,
        },
    )
    with structure_locked(project_id):
        made = publish_new_table(bucket=bucket, branch=branch, name=name, sealed=sealed, publication=publication)
    return made, version

"""Let a branch read a table from main again."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BucketNotFound, TableNotFound, TableNotInMain
from storage.models import Table
from storage.names import DEFAULT_BRANCH
from storage.runtime import engine
from storage.services.drop_tables import drop_rows
from storage.services.publish_version import address_of, resource_id_of
from storage.services.write_target import own_version_locked


@operation("pull_table", resource_type="table", need=Need.WRITE)
def pull_table(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> bool:
    """Drop the branch's own version with its history, except what snapshots pin; whether there was one.

    Waits for the version's writer. Raises BranchNotFound, TableNotInMain.
    """
    branch = catalog.find_dev_branch(project_id, branch_id)
    main = _table_of_main(project_id, bucket_name, table_name)
    own = None if main.via_link else catalog.own_version(main, branch)
    if own is None:
        return False
    try:
        with own_version_locked(own) as fresh:
            with transaction.atomic():
                refs = drop_rows(Table.objects.filter(pk=fresh.pk))
                record_success(resource_id_of(fresh), bucket_name=bucket_name, table_name=table_name)
            engine().remove_link(address_of(fresh))
        engine().discard(refs)
    except TableNotFound:  # somebody else pulled it at the same time
        return False
    return True


def _table_of_main(project_id: str, bucket_name: str, table_name: str) -> Table:
    place = {"project_id": project_id, "branch_id": DEFAULT_BRANCH, "bucket_name": bucket_name}
    try:
        return catalog.find_table(**place, table_name=table_name)
    except (BucketNotFound, TableNotFound) as error:
        raise TableNotInMain(project_id, bucket_name, table_name) from error

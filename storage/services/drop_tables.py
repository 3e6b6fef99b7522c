"""What the deletion of tables, buckets and projects have in common."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db.models import QuerySet

from kbstore.errors import Locked
from storage.engine.specs import VersionRef
from storage.models import Table, TableVersion
from storage.runtime import engine
from storage.services.release_versions import delete_unpinned, hold_versions

WAIT_SECONDS = 5.0
#: What a fault after the commit of a deletion means.
LEFTOVERS = "It is deleted, but some of its files could not be removed. The doctor command finds them."

log = structlog.get_logger(__name__)


def drop_rows(tables: QuerySet[Table]) -> list[VersionRef]:
    """Delete tables with their history; the files to discard after the commit. Call it inside a transaction.

    Versions that snapshots pin stay, without a table.
    """
    hold(tables)
    version_ids = [version.pk for version in hold_versions(TableVersion.objects.filter(table__in=tables))]
    tables.delete()
    return delete_unpinned(TableVersion.objects.filter(pk__in=version_ids))


def hold(tables: QuerySet[Table]) -> list[int]:
    """Lock these rows until the transaction ends, before any other row and in order; the ids of those that are there.

    Deletions that begin elsewhere would wait for each other, and for a publish that has its table already.
    """
    return [table.pk for table in tables.select_for_update(of=("self",)).order_by("pk").only("pk")]


def wait_for_writers(lock_keys: Iterable[str]) -> None:
    """Wait until nobody is between the commit of a version and its link, which would bring a directory back to life.

    The tables' rows are gone, so writers that are still staging fail by themselves: no need to wait longer for them.
    """
    for key in lock_keys:
        try:
            with engine().write_lock(key, WAIT_SECONDS):
                pass
        except Locked:
            log.info("a writer of a deleted table is still staging", lock=key)

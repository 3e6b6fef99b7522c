"""Letting go of versions that nothing refers to: first the row, then the file, so a crash leaves an orphan at worst."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, RestrictedError

from storage.engine.specs import VersionRef
from storage.models import Table, TableVersion
from storage.runtime import engine

log = structlog.get_logger(__name__)
_eraser = ThreadPoolExecutor(1, "eraser")


def forget_superseded(table: Table) -> int:
    """Drop the oldest versions of a table beyond the kept history; returns how many.

    The current one and those that snapshots pin stay.
    """
    # Versions of a table are numbered without a gap, so the current number says which are too old.
    newest_surplus = table.current_version.number - settings.VERSIONS_KEPT
    if newest_surplus < 1:
        return 0
    return forget(TableVersion.objects.filter(table=table, number__lte=newest_surplus))


def forget_if_unused(version_id: str) -> None:
    """Let a version go that a snapshot pinned, unless its table's history or another snapshot still holds it."""
    with transaction.atomic():
        # A deletion of its table under way has seen the snapshot yet and left the version: what remains is known then.
        hold_versions(TableVersion.objects.filter(pk=version_id))
        version = TableVersion.objects.filter(pk=version_id).select_related("table__current_version").first()
    if version is None:
        return
    if version.table is None:
        forget(TableVersion.objects.filter(pk=version_id))
    elif version.table.current_version_id != version_id:
        forget_superseded(version.table)


def forget(versions: QuerySet[TableVersion]) -> int:
    """Delete these versions' rows, and their files soon after, except what snapshots pin.

    The caller knows that no table points at them.
    """
    try:
        with transaction.atomic():
            refs = delete_unpinned(versions)
    except (IntegrityError, RestrictedError):
        # A snapshot took one of them in this very moment: the next publish or the doctor tries again.
        log.info("a version to be released was pinned meanwhile")
        return 0
    if refs:
        # A large file takes its file system long to remove: nobody has to wait for that.
        _eraser.submit(engine().discard, refs)
    return len(refs)


def hold_versions(versions: QuerySet[TableVersion]) -> list[TableVersion]:
    """Lock these rows, in order, until the transaction ends; those that are there, with id and project."""
    return list(versions.select_for_update(of=("self",)).order_by("pk").only("pk", "project_id"))


def delete_unpinned(versions: QuerySet[TableVersion]) -> list[VersionRef]:
    """Delete the rows of those that no snapshot pins; the files to discard after the commit."""
    refs = [version.ref for version in hold_versions(versions.filter(snapshots=None))]
    if refs:
        TableVersion.objects.filter(pk__in=[ref.version_id for ref in refs]).delete()
    return refs

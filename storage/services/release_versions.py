"""Letting go of versions that nothing refers to: first the row, then the file, so a crash leaves an orphan at worst."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from storage.engine.specs import VersionRef
from storage.models import Table, TableVersion
from storage.runtime import engine

_eraser = ThreadPoolExecutor(1, "eraser")


def forget_superseded(table: Table) -> int:
    """Drop the oldest versions of a table beyond the kept history; the current one always stays. Returns how many."""
    # Versions of a table are numbered without a gap, so the current number says which are too old.
    newest_surplus = table.current_version.number - settings.VERSIONS_KEPT
    if newest_surplus < 1:
        return 0
    return forget(TableVersion.objects.filter(table=table, number__lte=newest_surplus))


def forget(versions: Iterable[TableVersion]) -> int:
    """Delete these versions' rows, and their files soon after. The caller knows that no table points at them."""
    refs: list[VersionRef] = [version.ref for version in versions]
    if not refs:
        return 0
    TableVersion.objects.filter(pk__in=[ref.version_id for ref in refs]).delete()
    # A large file takes its file system long to remove: nobody has to wait for that.
    _eraser.submit(engine().discard, refs)
    return len(refs)

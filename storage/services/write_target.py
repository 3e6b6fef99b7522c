"""Where a write starts and where its result goes: a table, or the first version of its own that a branch makes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage import catalog
from storage.engine.monitor import Monitor
from storage.errors import TableNotFound
from storage.models import Branch, Bucket, Table, TableVersion
from storage.services.table_lock import table_locked


@dataclass(frozen=True)
class WriteTarget:
    """`base` is the version that the write starts from.

    `table` is None for copy on write: the branch reads the table from main so far, and what is published becomes the
    branch's own version of it. Nothing is copied beforehand.
    """

    bucket: Bucket
    branch: Branch | None
    name: str
    base: TableVersion
    table: Table | None
    started: float = field(default_factory=time.monotonic)

    @property
    def resource_id(self) -> str:
        """How audit events name it."""
        return f"{self.bucket.name}.{self.name}"


@contextmanager
def write_locked(table: Table, monitor: Monitor | None = None) -> Iterator[Table]:
    """Hold the table's write lock and yield the row as it is now. Raises Locked, TableNotFound if it was dropped.

    A `monitor` that is cancelled ends the wait for the lock.
    """
    with table_locked(table, table.lock_key, monitor):
        yield _fresh(table)


@contextmanager
def write_target(table: Table, branch_id: str, monitor: Monitor | None = None) -> Iterator[WriteTarget]:
    """Hold the write lock for a write to `table`, which the catalog found for `branch_id`.

    Raises Locked, BranchNotFound, and TableNotFound if it was dropped.
    """
    branch = catalog.find_branch(table.bucket.project_id, branch_id)
    if branch is not None and table.branch_id is None:
        with table_locked(table, copy_lock_key(branch.pk, table), monitor):
            # Again: the branch may have been deleted while this waited.
            branch = catalog.find_branch(table.bucket.project_id, branch_id)
            own = catalog.own_version(table, branch)
            if own is None:
                main = _fresh(table)
                yield WriteTarget(main.bucket, branch, main.name, main.current_version, None)
                return
        table = own
    with write_locked(table, monitor) as fresh:
        yield WriteTarget(fresh.bucket, branch, fresh.name, fresh.current_version, fresh)


@contextmanager
def own_version_locked(own: Table) -> Iterator[Table]:
    """Hold both locks of a branch's own version, so that none of its like begins meanwhile; yields the row as it is.

    Raises Locked, TableNotFound.
    """
    with table_locked(own, copy_lock_key(own.branch_id, own)), write_locked(own) as fresh:
        yield fresh


def copy_lock_key(branch_id: str, table: Table) -> str:
    """The lock of whoever gives a branch its own version of a table of main."""
    return f"copy-{branch_id}-{table.bucket_id}-{table.name}"


def lock_keys_of(table: Table) -> list[str]:
    """The locks of all who may be about to link a version of it: whoever removes its directory waits for them."""
    return [table.lock_key] if table.branch_id is None else [table.lock_key, copy_lock_key(table.branch_id, table)]


def _fresh(table: Table) -> Table:
    fresh = Table.objects.select_related("bucket__project", "current_version").filter(pk=table.pk).first()
    if fresh is None:
        raise gone(table)
    return fresh


def gone(table: Table) -> TableNotFound:
    return TableNotFound(table.bucket.project_id, table.bucket.name, table.name)

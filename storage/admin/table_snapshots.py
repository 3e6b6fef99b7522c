"""The snapshots of a table in the console: the list, taking one, bringing one back, deleting one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from kbstore.console.rights import actor_of
from storage.admin.table_place import action_url, address, tab_url
from storage.models import Snapshot, Table
from storage.names import DEFAULT_BRANCH
from storage.services.create_snapshot import request_snapshot
from storage.services.delete_snapshot import delete_snapshot
from storage.services.get_snapshot import SnapshotFilter, get_snapshot, list_snapshots
from storage.services.restore_snapshot import request_restore
from storage.services.snapshot_config import config_of_table

SHOWN = 100
_MAX_DESCRIPTION = 500


def snapshots_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    wanted = SnapshotFilter(bucket=table.bucket.name, table=table.name)
    place = _place(table)
    actor = actor_of(request, table.bucket.project_id)
    snapshots, total = list_snapshots(actor=actor, **place, wanted=wanted, limit=SHOWN, offset=0)
    return {
        "snapshots": [_row(table, snapshot) for snapshot in snapshots],
        "total": total,
        "may_create": request.user.has_perm("storage.add_snapshot") and config_of_table(table).is_enabled,
        "is_enabled": config_of_table(table).is_enabled,
        "may_restore": request.user.has_perm("storage.change_table"),
        "may_delete": request.user.has_perm("storage.delete_snapshot"),
        "create_url": action_url(table, "snapshot"),
    }


def create(request: HttpRequest, table: Table) -> str:
    description = request.POST.get("description", "").strip()[:_MAX_DESCRIPTION]
    actor = actor_of(request, table.bucket.project_id)
    request_snapshot(actor=actor, description=description or None, **address(table))
    return tab_url(table, "snapshots")


def restore(request: HttpRequest, table: Table, snapshot_id: str) -> str:
    """The job's page shows how it goes."""
    actor = actor_of(request, table.bucket.project_id)
    job = request_restore(actor=actor, snapshot_id=snapshot_id, respond_async=True, **_place(table))
    return markup.page_url(job) if request.user.has_perm("storage.view_job") else tab_url(table, "snapshots")


def delete(request: HttpRequest, table: Table, snapshot_id: str) -> str:
    delete_snapshot(actor=actor_of(request, table.bucket.project_id), snapshot_id=snapshot_id, **_place(table))
    return tab_url(table, "snapshots")


def restore_title(table: Table, snapshot_id: str) -> str:
    return f"Restore a snapshot of {table}"


def restore_warnings(request: HttpRequest, table: Table, snapshot_id: str) -> Sequence[str]:
    """Raises SnapshotNotFound."""
    snapshot, now = _found(request, table, snapshot_id), table.current_version
    rows, instead = formatting.amount(snapshot.version.row_count, "row"), formatting.amount(now.row_count, "row")
    return (
        f"The table will hold {rows} as of {formatting.moment(snapshot.created_at)} UTC, instead of {instead}.",
        f"What it holds now stays in the history as version {now.number}.",
        "The snapshot stays.",
    )


def delete_title(table: Table, snapshot_id: str) -> str:
    return f"Delete a snapshot of {table}"


def delete_warnings(request: HttpRequest, table: Table, snapshot_id: str) -> Sequence[str]:
    """Raises SnapshotNotFound."""
    snapshot = _found(request, table, snapshot_id)
    rows = formatting.amount(snapshot.version.row_count, "row")
    return (
        f"The snapshot of {formatting.moment(snapshot.created_at)} UTC with {rows} is removed for good.",
        "Its version goes too, unless it is in the table's history or another snapshot holds it.",
    )


def _place(table: Table) -> dict[str, str]:
    return {"project_id": table.bucket.project_id, "branch_id": table.branch_id or DEFAULT_BRANCH}


def _found(request: HttpRequest, table: Table, snapshot_id: str) -> Snapshot:
    actor = actor_of(request, table.bucket.project_id)
    return get_snapshot(actor=actor, snapshot_id=snapshot_id, **_place(table))


def _row(table: Table, snapshot: Snapshot) -> dict[str, Any]:
    number = snapshot.version.number
    return {
        "created": markup.time(snapshot.created_at),
        "description": snapshot.description or "",
        "type": snapshot.get_type_display(),
        "is_manual": snapshot.type == "manual",
        "version": number,
        "rows": markup.number(snapshot.version.row_count),
        "size": markup.size(snapshot.version.size_bytes),
        "by": markup.actor(snapshot.created_by or ""),
        "expires": markup.time(snapshot.expires_at) if snapshot.expires_at else "never",
        # Of a table that had this name before, the versions are not in this one's history.
        "rows_url": tab_url(table, "preview", version=number) if snapshot.version.table_id == table.pk else None,
        "restore_url": action_url(table, "snapshot_restore", snapshot.pk),
        "delete_url": action_url(table, "snapshot_delete", snapshot.pk),
    }

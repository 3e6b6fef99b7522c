"""The history of a table in the console: its versions as a timeline, restoring one, comparing two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from kbstore.console.rights import actor_of
from storage.admin.table_compare import comparison_of
from storage.admin.table_place import action_url, address, tab_url
from storage.models import Job, Table, TableVersion
from storage.services.find_version import find_version
from storage.services.list_versions import list_versions
from storage.services.restore_version import restore_version

VERSIONS_SHOWN = 50
_ICONS = {
    "create": "add_box",
    "import": "upload_file",
    "restore": "settings_backup_restore",
    "delete_rows": "playlist_remove",
    "compact": "compress",
    "pull": "south_west",
    "push": "north_east",
}


def history_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    """The newest versions; where the address names two of them, what differs between them."""
    actor = actor_of(request, table.bucket.project_id)
    _, versions, total = list_versions(actor=actor, **address(table), limit=VERSIONS_SHOWN + 1, offset=0)
    may_change = request.user.has_perm("storage.change_table")
    timeline = _timeline(request, table, versions)
    return {
        "versions": timeline,
        "total": total,
        "may_restore": may_change,
        "may_compare": may_change and len(versions) > 1,
        "compare_url": action_url(table, "compare"),
        "chosen": _chosen(request, timeline),
        "comparison": comparison_of(request, table),
    }


def restore(request: HttpRequest, table: Table, number: int) -> str:
    restore_version(actor=actor_of(request, table.bucket.project_id), version=str(number), **address(table))
    return tab_url(table, "history")


def restore_title(table: Table, number: int) -> str:
    return f"Restore version {number} of {table}"


def restore_warnings(request: HttpRequest, table: Table, number: int) -> Sequence[str]:
    """Raises VersionNotFound."""
    wanted, current = find_version(table, str(number)), table.current_version
    rows, now = formatting.amount(wanted.row_count, "row"), formatting.amount(current.row_count, "row")
    warnings = [
        f"The table will hold {rows} as of version {number}, instead of {now}.",
        f"What it holds now stays in the history as version {current.number}: this can be undone in the same way.",
    ]
    if wanted.columns != current.columns:
        columns = formatting.amount(len(wanted.columns), "column")
        warnings.append(f"Its columns were others then: it will have {columns} instead of {len(current.columns)}.")
    return warnings


def _timeline(request: HttpRequest, table: Table, versions: list[TableVersion]) -> list[dict[str, Any]]:
    before = {newer.pk: older for newer, older in zip(versions, versions[1:], strict=False)}
    most = max((version.row_count for version in versions), default=0)
    return [
        {
            "number": version.number,
            "is_current": version.pk == table.current_version_id,
            "operation": formatting.phrase(version.operation),
            "icon": _ICONS.get(version.operation.split("_")[0], _ICONS.get(version.operation, "edit_square")),
            "rows": markup.number(version.row_count),
            "share": round(version.row_count / most * 100, 1) if most else 0,
            "change": _change(version, before.get(version.pk)),
            "columns": _column_change(version, before.get(version.pk)),
            "size": markup.size(version.size_bytes),
            "created": markup.time(version.created_at),
            "by": markup.actor(version.created_by or ""),
            "job_url": _job_url(request, version),
            "snapshots": len(version.snapshots.all()),
            "rows_url": tab_url(table, "preview", version=version.number),
            "restore_url": action_url(table, "restore", version.number),
        }
        for version in versions[:VERSIONS_SHOWN]
    ]


def _job_url(request: HttpRequest, version: TableVersion) -> str | None:
    if version.job_id is None or not request.user.has_perm("storage.view_job"):
        return None
    return markup.page_url(Job(pk=version.job_id))


def _change(version: TableVersion, before: TableVersion | None) -> dict[str, str] | None:
    change = version.row_count - before.row_count if before else 0
    return {"text": f"{change:+,}", "kind": "more" if change > 0 else "fewer"} if change else None


def _column_change(version: TableVersion, before: TableVersion | None) -> str:
    """In a word, where the columns are not those of the version before."""
    if before is None or version.columns == before.columns:
        return ""
    change = len(version.columns) - len(before.columns)
    return f"{change:+} {'column' if abs(change) == 1 else 'columns'}" if change else "columns changed"


def _chosen(request: HttpRequest, timeline: list[dict[str, Any]]) -> dict[str, Any]:
    """Which two the form begins with: those of the address, else the current one and the one before."""
    numbers = [str(version["number"]) for version in timeline]
    newer = request.GET.get("newer") or (numbers[0] if numbers else "")
    older = request.GET.get("older") or (numbers[1] if len(numbers) > 1 else newer)
    return {"newer": newer, "older": older}

"""The history of a table in the console: its versions as a timeline, restoring one, comparing two."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from storage.admin.table_place import action_url
from storage.models import Table, TableVersion

VERSIONS_SHOWN = 50


def history_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    versions = list(
        TableVersion.objects.filter(table=table)
        .defer("columns")
        .select_related("job")
        .prefetch_related("snapshots")
        .order_by("-number")[: VERSIONS_SHOWN + 1]
    )
    return {"versions": _timeline(table, versions), "may_restore": request.user.has_perm("storage.change_table")}


def _timeline(table: Table, versions: list[TableVersion]) -> list[dict[str, Any]]:
    before = {newer.pk: older.row_count for newer, older in zip(versions, versions[1:], strict=False)}
    most = max((version.row_count for version in versions), default=0)
    return [
        {
            "number": version.number,
            "is_current": version.pk == table.current_version_id,
            "operation": formatting.phrase(version.operation),
            "rows": markup.number(version.row_count),
            "share": round(version.row_count / most * 100, 1) if most else 0,
            "change": _change(version.row_count, before.get(version.pk)),
            "size": markup.size(version.size_bytes),
            "created": markup.time(version.created_at),
            "by": markup.actor(version.created_by or ""),
            "job": markup.page_link(version.job, f"{version.job_id:.8}") if version.job else "",
            "snapshots": len(version.snapshots.all()),
            "restore_url": action_url(table, "restore", version.number),
        }
        for version in versions[:VERSIONS_SHOWN]
    ]


def _change(rows: int, before: int | None) -> str:
    return "" if before is None or rows == before else f"{rows - before:+,}"

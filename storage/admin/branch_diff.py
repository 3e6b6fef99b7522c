"""What a branch holds, compared with main, as rows of its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kbstore.console import formatting, markup
from kbstore.console.rights import actor_of
from storage.models import Branch
from storage.services.diff_branch import TableDiff, diff_branch

_CHANGES = {
    "changed": ("processing", "changed"),
    "branch_only": ("success", "only in branch"),
    "deleted_in_main": ("error", "deleted in main"),
}


def diff_rows(
    request: HttpRequest, branch: Branch, *, limit: int, may_change: bool
) -> tuple[list[dict[str, Any]], int]:
    """The first `limit` tables that the branch holds, and how many it holds in all."""
    diffs, total = diff_branch(
        actor=actor_of(request, branch.project_id), project_id=branch.project_id, branch_id=branch.pk, limit=limit
    )
    return [_row(diff, branch, may_change=may_change) for diff in diffs], total


def _row(diff: TableDiff, branch: Branch, *, may_change: bool) -> dict[str, Any]:
    kind, text = _CHANGES[diff.change]
    own, main = diff.own.current_version, diff.main.current_version if diff.main else None
    row = {
        "name": diff.own.name,
        "bucket": diff.own.bucket.name,
        "url": markup.page_url(diff.own),
        "main_url": markup.page_url(diff.main) if diff.main else "",
        "change": markup.badge(kind, text),
        "is_stale": diff.main_changed_since and diff.main is not None,
        "rows": formatting.count(own.row_count),
        "main_rows": formatting.count(main.row_count) if main else markup.EMPTY,
        "delta": row_delta(own.row_count - main.row_count) if main else "",
        "columns": _columns(diff),
        "changed": markup.time(own.created_at),
    }
    arguments = [branch.pk, diff.own.pk]
    if diff.main:
        row["compare_url"] = reverse("admin:storage_branch_compare", args=arguments)
    if may_change:
        row["push_url"] = reverse("admin:storage_branch_push", args=arguments)
        row["pull_url"] = reverse("admin:storage_branch_pull", args=arguments) if diff.main else ""
    return row


def row_delta(number: int) -> str:
    return f"{number:+,}" if number else ""


def _columns(diff: TableDiff) -> SafeString | str:
    """+ added, − removed, ~ changed, and whether the key is another one."""
    parts = [
        *(("added", f"+ {name}") for name in diff.columns_added),
        *(("removed", f"− {name}") for name in diff.columns_removed if diff.main),
        *(("altered", _altered(column)) for column in diff.columns_changed),
    ]
    if diff.primary_key_changed:
        parts.append(("altered", "primary key"))
    if not parts:
        return format_html('<span class="kb-muted">{}</span>', "same" if diff.main else markup.EMPTY)
    return format_html_join(" ", '<span class="kb-column-change" data-kind="{}">{}</span>', parts)


def _altered(column: dict[str, Any]) -> str:
    if column["main_type"] != column["branch_type"]:
        return f"~ {column['name']} {column['main_type']} → {column['branch_type']}"
    if column["main_nullable"] != column["branch_nullable"]:
        return f"~ {column['name']} {'nullable' if column['branch_nullable'] else 'not null'}"
    return f"~ {column['name']} {'default' if column['default_changed'] else 'position'}"

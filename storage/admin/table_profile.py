"""The profile of a table in the console: computed as a job, kept with its version, drawn."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from kbstore.console.job_cells import job_row
from kbstore.console.rights import actor_of
from storage.admin.profile_drawing import column_card, correlation_row, issue_row, score_ring
from storage.admin.table_jobs import jobs_of
from storage.admin.table_place import action_url, address, tab_url
from storage.models import JobState, Table, TableProfile
from storage.models.job import UNFINISHED
from storage.services.profile_table import JOB_TYPE, ProfileOrder, request_profile

MODE = "full"
#: A page with more drawings is slow to scroll; the rest are listed by name.
COLUMNS_DRAWN = 120


def profile_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    """The profile of the current version, else the latest one that is kept, else how to get one."""
    running = jobs_of(table).filter(type=JOB_TYPE, state__in=UNFINISHED).first()
    kept = (
        TableProfile.objects.filter(version__table=table, mode=MODE)
        .select_related("version")
        .defer("version__columns")
        .order_by("-version__number")
        .first()
    )
    context: dict[str, Any] = {
        "running": job_row(running) if running else None,
        "may_profile": request.user.has_perm("storage.change_table"),
        "start_url": action_url(table, "profile"),
        "here_url": tab_url(table, "profile"),
        "rows": formatting.amount(table.current_version.row_count, "row"),
    }
    if kept is None:
        return context | {"failure": None if running else _failure(table)}
    return context | _drawn(kept) | {"is_current": kept.version_id == table.current_version_id}


def start(request: HttpRequest, table: Table) -> str:
    """A profile that is kept or running already is shown instead of a second one."""
    url = tab_url(table, "profile")
    if jobs_of(table).filter(type=JOB_TYPE, state__in=UNFINISHED).exists():
        return url
    actor = actor_of(request, table.bucket.project_id)
    request_profile(actor=actor, order=ProfileOrder(mode=MODE), respond_async=True, **address(table))
    return url


def _failure(table: Table) -> str | None:
    """Why the last attempt brought nothing."""
    last = jobs_of(table).filter(type=JOB_TYPE).only("state", "error", "project", "branch").first()
    return last.error.get("message") if last and last.state == JobState.ERROR and last.error else None


def _drawn(kept: TableProfile) -> dict[str, Any]:
    profile = kept.result
    columns = profile["statistics"]
    issues = [issue for issue in profile["quality_issues"] if not _is_known(issue, kept.version.primary_key)]
    issues_of: dict[str, list[dict[str, Any]]] = {}
    for issue in issues:
        issues_of.setdefault(issue["column"], []).append(issue)
    cards = [
        column_card(column, issues_of.get(column["column_name"], []), profile["row_count"], at)
        for at, column in enumerate(columns[:COLUMNS_DRAWN])
    ]
    anchors = {card["name"]: card["id"] for card in cards}
    return {
        "profile": {
            "version": kept.version.number,
            "made": markup.time(kept.created_at),
            "rows": formatting.count(profile["row_count"]),
            "columns": formatting.count(profile["column_count"]),
            "score": score_ring(profile["quality_score"]),
            "issues": [issue_row(issue, anchors) for issue in issues],
            "correlations": [correlation_row(pair) for pair in profile["correlations"] or []],
            "cards": cards,
            "not_drawn": [column["column_name"] for column in columns[COLUMNS_DRAWN:]],
        }
    }


def _is_known(issue: dict[str, Any], primary_key: list[str]) -> bool:
    """Whether it says that the key would make a key."""
    return issue["type"] == "pk_candidate" and primary_key == [issue["column"]]

"""Two versions of a table beside each other in the console; the work is a job."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting
from kbstore.console.job_cells import job_row
from kbstore.console.rights import actor_of
from kbstore.errors import InvalidRequest, KbstoreError
from storage.admin.table_jobs import jobs_of
from storage.admin.table_place import address, tab_url
from storage.models import Job, JobState, Table
from storage.services.compare_versions import JOB_TYPE, request_comparison
from storage.services.find_version import find_version


def start(request: HttpRequest, table: Table) -> str:
    """The older one comes first, whichever was named first. Raises VersionNotFound, InvalidRequest."""
    named = [request.POST.get(name, "") for name in ("older", "newer")]
    if not all(text.isascii() and text.isdigit() for text in named):
        raise InvalidRequest("Choose two versions to compare.")
    older, newer = sorted(named, key=int)
    if older == newer:
        raise InvalidRequest("Choose two different versions to compare.")
    actor = actor_of(request, table.bucket.project_id)
    request_comparison(actor=actor, older=older, newer=newer, respond_async=True, **address(table))
    return tab_url(table, "history", older=older, newer=newer)


def comparison_of(request: HttpRequest, table: Table) -> dict[str, Any] | None:
    """What the two versions of the address differ in, how far the job is, or why it failed; None if none are named."""
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    if not older or not newer:
        return None
    try:
        pair = {"params__older": find_version(table, older).pk, "params__newer": find_version(table, newer).pk}
    except KbstoreError as error:
        return {"error": error.message}
    job = Job.objects.filter(pk__in=jobs_of(table).filter(type=JOB_TYPE, **pair).values("pk")[:20]).first()
    here = {"older": older, "newer": newer, "here_url": tab_url(table, "history", older=older, newer=newer)}
    if job is None:
        return None
    if not job.is_finished:
        return here | {"running": job_row(job)}
    if job.state != JobState.SUCCESS or job.result is None:
        return here | {"error": (job.error or {}).get("message", "The comparison was cancelled.")}
    return here | {"result": drawn(job.result)}


def drawn(result: dict[str, Any]) -> dict[str, Any]:
    """The result of a comparison as console/table/comparison.html shows it."""
    kinds = ("added", "removed", "changed", "unchanged")
    total = sum(result[kind] for kind in kinds) or 1
    most = max(result["changed_columns"].values(), default=1)
    return {
        "key": ", ".join(result["key"]),
        "is_equal": not any(result[kind] for kind in kinds[:3]) and not _schema_changes(result),
        "tiles": [
            {"kind": kind, "count": formatting.count(result[kind]), "percent": round(result[kind] / total * 100, 2)}
            for kind in kinds
            if kind != "changed" or result["key"]
        ],
        "schema": _schema_changes(result),
        "columns": [
            {"name": name, "count": formatting.amount(count, "row"), "percent": round(count / most * 100, 1)}
            for name, count in sorted(result["changed_columns"].items(), key=lambda item: -item[1])
        ],
        "samples": [
            _sample("Added rows", "added", result["added_examples"], result["added"]),
            _sample("Removed rows", "removed", result["removed_examples"], result["removed"]),
        ],
        "changes": [_change(older, newer, result["key"]) for older, newer in result["changed_examples"]],
        "changed": formatting.count(result["changed"]),
    }


def _schema_changes(result: dict[str, Any]) -> list[tuple[str, str]]:
    named = (
        ("New columns", "added_columns"),
        ("Columns that are gone", "removed_columns"),
        ("Columns of another type", "retyped_columns"),
    )
    return [(title, ", ".join(result[member])) for title, member in named if result[member]]


def _sample(title: str, kind: str, rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {
        "title": title,
        "kind": kind,
        "total": formatting.count(total),
        "headers": list(rows[0]) if rows else [],
        "rows": [[_cell(value) for value in row.values()] for row in rows],
    }


def _change(older: dict[str, Any], newer: dict[str, Any], key: list[str]) -> dict[str, Any]:
    """The row's key and the columns that differ, with both values."""
    names = [name for name in newer if name in older and name not in key and older[name] != newer[name]]
    return {
        "key": [(name, _cell(newer[name])) for name in key],
        "fields": [{"name": name, "before": _cell(older[name]), "after": _cell(newer[name])} for name in names],
    }


def _cell(value: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {"is_null": value is None, "text": text}

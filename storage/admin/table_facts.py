"""What stands above the tabs of a table's page: facts, jobs at work, and where else to go with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from kbstore.console import formatting, markup
from kbstore.console.job_cells import job_row
from storage.admin.table_jobs import jobs_of
from storage.admin.table_place import load_url
from storage.models import Table
from storage.models.job import UNFINISHED
from storage.services.compare_versions import JOB_TYPE as COMPARISON
from storage.services.profile_table import JOB_TYPE as PROFILE

#: Their tabs show these.
_ELSEWHERE = (COMPARISON, PROFILE)
_AT_WORK_SHOWN = 5


def facts_of(table: Table) -> list[tuple[str, Any]]:
    version = table.current_version
    return [
        ("Project", markup.page_link(table.bucket.project)),
        ("Bucket", markup.page_link(table.bucket)),
        ("Branch", markup.page_link(table.branch) if table.branch else "main"),
        ("Rows", formatting.count(version.row_count)),
        ("Columns", formatting.count(len(version.columns))),
        ("Primary key", markup.cut(", ".join(version.primary_key), 60) if version.primary_key else "none"),
        ("Size", markup.size(version.size_bytes)),
        ("Version", f"{version.number}"),
        ("Changed", markup.time(version.created_at)),
        ("Created", markup.time(table.created_at)),
    ]


def jobs_at_work(request: HttpRequest, table: Table) -> list[dict[str, Any]]:
    """Those that change the table, or read it, at this moment."""
    if not request.user.has_perm("storage.view_job"):
        return []
    unfinished = jobs_of(table).filter(state__in=UNFINISHED).exclude(type__in=_ELSEWHERE)
    return [job_row(job) for job in unfinished[:_AT_WORK_SHOWN]]


def links_of(request: HttpRequest, table: Table) -> list[dict[str, str]]:
    """What else can be done with the table, on pages of its own."""
    place = {"project": table.bucket.project_id, "bucket": table.bucket.name, "table": table.name}
    links = (
        ("storage.change_table", "Load data", "upload_file", load_url(table)),
        ("files.add_file", "Export", "download", reverse("admin:export", args=[table.pk])),
        ("workspaces.view_workspace", "Query", "terminal", reverse("admin:sql", query=place)),
    )
    return [
        {"title": title, "icon": icon, "url": url}
        for permission, title, icon, url in links
        if request.user.has_perm(permission)
    ]

"""The panels of a project's page: what it uses, its buckets, branches, keys and jobs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from files.models import File
from files.services.project_usage import project_usage
from kbstore.console import formatting, markup
from kbstore.console.job_cells import job_row
from kbstore.console.rights import actor_of
from storage.admin.api_keys import key_row
from storage.admin.branches import with_numbers as branches_with_numbers
from storage.admin.buckets import with_numbers as buckets_with_numbers
from storage.admin.explorer_tree import bucket_badges, with_shares
from storage.admin.members import members_panel
from storage.models import ApiKey, Branch, Bucket, Job, Project
from storage.models.job import UNFINISHED

#: Rows of a list inside a page; the rest is one click away.
SHOWN = 50
JOBS_SHOWN = 10


def panels(request: HttpRequest, project: Any) -> dict[str, Any]:
    """What the user may look at; a panel that is missing is not drawn."""
    context: dict[str, Any] = {"usage": usage(request, project)}
    for model, panel in ((Bucket, _buckets), (Branch, _branches), (ApiKey, _keys), (Job, _jobs)):
        if request.user.has_perm(f"storage.view_{model._meta.model_name}"):
            context |= panel(request, project)
    return context | members_panel(request, project)


def usage(request: HttpRequest, project: Any) -> list[dict[str, Any]]:
    """What the project uses; with a limit as a bar."""
    stored = project_usage(actor=actor_of(request, project.pk), project_id=project.pk)
    unfinished = Job.objects.filter(project=project, state__in=UNFINISHED).count()
    tables = formatting.amount(project.table_count, "table")
    found = [
        {
            "name": "Table data",
            "value": formatting.size(project.size_bytes),
            "note": f"{formatting.amount(project.row_total, 'row')} in {tables}",
        },
        _bar("Files and objects", stored.stored_bytes, stored.max_bytes, formatting.size),
        _bar("Number of files", stored.files, stored.max_files, formatting.count, url=_files_url(request, project)),
        _bar("Unfinished jobs", unfinished, settings.MAX_PROJECT_JOBS, formatting.count),
    ]
    if stored.staged_files:
        found.append(_bar("Uploads not finished", stored.staged_bytes, stored.max_bytes, formatting.size))
    return found


def _bar(name: str, used: int, limit: int, shown: Any, url: str = "") -> dict[str, Any]:
    percent = 100 * used / limit
    share = f"{percent:.1f}% " if percent >= 0.1 else "less than 0.1% " if used else ""
    level = "error" if percent >= 95 else "warn" if percent >= 80 else "ok"
    return {
        "name": name,
        "value": shown(used),
        "note": f"{share}of {shown(limit)}",
        "percent": min(100, round(percent, 1)),
        "level": level,
        "has_limit": True,
        "url": url,
    }


def _files_url(request: HttpRequest, project: Project) -> str:
    return markup.list_url(File, project__id__exact=project.pk) if request.user.has_perm("files.view_file") else ""


def _buckets(request: HttpRequest, project: Any) -> dict[str, Any]:
    buckets = with_shares(buckets_with_numbers(Bucket.objects.filter(project=project))).order_by("name")[:SHOWN]
    context = {
        "buckets": [
            {
                "link": markup.page_link(bucket),
                "badges": bucket_badges(bucket),
                "tables": markup.EMPTY if bucket.is_linked else markup.number(bucket.table_count),
                "rows": markup.EMPTY if bucket.is_linked else markup.number(bucket.row_total),
                "size": markup.EMPTY if bucket.is_linked else markup.size(bucket.size_total),
                "created": markup.time(bucket.created_at),
            }
            for bucket in buckets
        ],
        "buckets_url": markup.list_url(Bucket, project__id__exact=project.pk),
    }
    if request.user.has_perm("storage.add_bucket"):
        context["new_bucket_url"] = reverse("admin:storage_bucket_add", query={"project": project.pk})
    return context


def _branches(request: HttpRequest, project: Any) -> dict[str, Any]:
    branches = branches_with_numbers(Branch.objects.filter(project=project))[:SHOWN]
    context = {
        "branches": [
            {
                "link": markup.page_link(branch, branch.name),
                "id": branch.pk,
                "tables": markup.number(branch.table_count),
                "size": markup.size(branch.size_bytes),
                "created": markup.time(branch.created_at),
            }
            for branch in branches
        ],
        "branches_url": markup.list_url(Branch, project__id__exact=project.pk),
    }
    if request.user.has_perm("storage.add_branch"):
        context["new_branch_url"] = reverse("admin:storage_branch_add", query={"project": project.pk})
    return context


def _keys(request: HttpRequest, project: Any) -> dict[str, Any]:
    keys = ApiKey.objects.filter(project=project)[:SHOWN]
    context = {
        "keys": [key_row(key) for key in keys],
        "keys_url": markup.list_url(ApiKey, project__id__exact=project.pk),
    }
    if request.user.has_perm("storage.add_apikey"):
        context["new_key_url"] = reverse("admin:storage_apikey_add", query={"project": project.pk})
    return context


def _jobs(_request: HttpRequest, project: Any) -> dict[str, Any]:
    jobs = Job.objects.filter(project=project)[:JOBS_SHOWN]
    return {
        "jobs": [job_row(job) for job in jobs],
        "jobs_url": markup.list_url(Job, project__id__exact=project.pk),
    }

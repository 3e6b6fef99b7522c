"""The first page of the wizard: send a file, or take one that is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from files.models import File, FileState
from kbstore.console import formatting, markup
from kbstore.console.rights import visible
from kbstore.console.site import console_page, framed
from storage.models import Project

LOAD = "storage.change_table"
FILES_SHOWN = 10
#: Where the id of the file goes in the address of the next page.
FILE_PLACE = "FILE"


@console_page("load/", name="load", permission=LOAD)
def start(request: HttpRequest) -> TemplateResponse:
    """`project`, `branch`, `bucket` and `table` of the query are where it will go, as far as that is known."""
    projects = visible(request.user, Project.objects.order_by("name", "id"))  # type: ignore[arg-type]
    project = _chosen(request, projects)
    context: dict[str, Any] = {
        "projects": [(found.pk, f"{found.name} ({found.pk})") for found in projects],
        "project": project,
        "target": _target_fields(request),
        "may_add_project": request.user.has_perm("storage.add_project"),
        "may_upload": request.user.has_perm("files.add_file"),
    }
    if project is not None:
        context |= {
            "upload_url": reverse("admin:upload_prepare", args=[project.pk]),
            "next_url": _next_url(request, project.pk, FILE_PLACE),
            "file_place": FILE_PLACE,
            "max_file": formatting.size(settings.MAX_FILE_BYTES),
            "files": _files(request, project),
        }
    return framed(request, "console/load/start.html", title="Load data", **context)


def _chosen(request: HttpRequest, projects: QuerySet[Project]) -> Project | None:
    wanted = request.GET.get("project")
    if wanted:
        return next((found for found in projects if found.pk == wanted), None)
    return projects[0] if len(projects) == 1 else None


def _target_fields(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("branch", "bucket", "table") if request.GET.get(name)}


def _next_url(request: HttpRequest, project_id: str, file_id: str) -> str:
    query = urlencode(_target_fields(request))
    return reverse("admin:load_file", args=[project_id, file_id]) + (f"?{query}" if query else "")


def _files(request: HttpRequest, project: Project) -> list[dict[str, Any]]:
    if not request.user.has_perm("files.view_file"):
        return []
    files = File.objects.filter(project=project, state=FileState.REGISTERED).order_by("-created_at")[:FILES_SHOWN]
    return [
        {
            "name": file.name,
            "url": _next_url(request, project.pk, file.pk),
            "size": markup.size(file.size_bytes),
            "created": markup.time(file.created_at),
        }
        for file in files
    ]

"""Parts of a workspace's page that come by themselves: who is connected, what is in it; and loading tables into it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from kbstore.console import markup
from kbstore.console.rights import actor_of
from kbstore.console.site import console_page, framed
from kbstore.errors import KbstoreError
from workspaces.admin.places import CHANGE, seen_workspace, sql_actor
from workspaces.admin.sql_console import VIEW
from workspaces.models import Workspace, WorkspaceSession
from workspaces.models.session import ACTIVE
from workspaces.services.get_workspace import get_workspace
from workspaces.services.load_tables import request_load
from workspaces.services.project_tables import ProjectTable, visible_tables

#: Rows of a list inside the page.
SHOWN = 100
#: More would be no form that anybody reads; of more the form asks for a part of the name.
MAX_CHOICES = 1_000


@console_page("workspaces/<str:workspace_id>/sessions/", name="workspace_sessions", permission=VIEW)
@require_safe
def sessions(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """Who is connected now; the page asks again and again."""
    workspace = seen_workspace(request, workspace_id)
    found = WorkspaceSession.objects.filter(workspace=workspace, status=ACTIVE)[:SHOWN]
    may = request.user.has_perm("workspaces.change_workspacesession")
    rows = [_session_row(each, may_disconnect=may) for each in found]
    return TemplateResponse(request, "console/workspace_sessions.html", {"sessions": rows})


@console_page("workspaces/<str:workspace_id>/content/", name="workspace_content", permission=VIEW)
@require_safe
def content(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """What was made in it and what it reads of its project. Opens its file and counts rows, hence beside the page."""
    workspace = seen_workspace(request, workspace_id)
    try:
        found = get_workspace(
            actor=sql_actor(request, workspace), project_id=workspace.project_id, workspace_id=workspace.pk
        )
    except KbstoreError as error:
        return TemplateResponse(request, "console/workspace_content.html", {"error": error.message})
    context = {
        "objects": [{"name": each.name, "type": each.type, "rows": markup.number(each.rows)} for each in found.objects],
        "tables": [
            {"name": f"{each.schema}.{each.name}", "bucket": each.bucket_name, "rows": markup.number(each.row_count)}
            for each in found.attached_tables[:SHOWN]
        ],
        "table_count": len(found.attached_tables),
    }
    return TemplateResponse(request, "console/workspace_content.html", context)


@console_page("workspaces/<str:workspace_id>/load/", name="workspace_load", permission=CHANGE)
def load(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """Copy tables of the project into the workspace, as a job."""
    workspace = seen_workspace(request, workspace_id)
    if request.method == "POST":
        wanted = request.POST.getlist("tables")
        if wanted:
            return _loaded(request, workspace, wanted)
        messages.error(request, "Choose at least one table.")
    searched = request.GET.get("q", "").strip()
    tables = [each for each in visible_tables(workspace) if each.shape is None]
    found = [each for each in tables if searched.lower() in f"{each.bucket_name}.{each.name}".lower()]
    return framed(
        request,
        "console/workspace_load.html",
        title=f"Load tables: {workspace}",
        tables=[_choice(each) for each in found[:MAX_CHOICES]],
        left_out=max(len(found) - MAX_CHOICES, 0),
        is_searched=len(tables) > MAX_CHOICES,
        searched=searched,
        cancel_url=markup.page_url(workspace),
    )


def _choice(table: ProjectTable) -> dict[str, Any]:
    """Names in quotes: those of both may hold dots."""
    value = ".".join('"{}"'.format(name.replace('"', '""')) for name in (table.bucket_name, table.name))
    return {"value": value, "name": f"{table.bucket_name}.{table.name}", "rows": markup.number(table.row_count)}


def _loaded(request: HttpRequest, workspace: Workspace, sources: list[str]) -> HttpResponseRedirect:
    try:
        job = request_load(
            actor=actor_of(request, workspace.project_id),
            project_id=workspace.project_id,
            workspace_id=workspace.pk,
            tables=[{"source": source} for source in sources[:MAX_CHOICES]],
            respond_async=True,
        )
    except KbstoreError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(markup.page_url(workspace))
    return HttpResponseRedirect(markup.page_url(job))


def _session_row(session: WorkspaceSession, *, may_disconnect: bool) -> dict[str, Any]:
    return {
        "link": markup.page_link(session, session.pk),
        "client": session.client_ip or markup.EMPTY,
        "statements": markup.number(session.query_count),
        "connected": markup.time(session.connected_at),
        "active": markup.time(session.last_activity_at),
        "disconnect_url": reverse("admin:workspaces_workspacesession_disconnect", args=[quote(session.pk)])
        if may_disconnect
        else None,
    }

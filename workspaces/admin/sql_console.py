"""The SQL console: a page with an editor for the statements of one workspace."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kbstore.console import markup
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page, framed
from kbstore.errors import KbstoreError
from storage.models import Project
from workspaces.admin.places import CHANGE, seen_workspace
from workspaces.models import LoggedQuery, Workspace
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.project_tables import schemas_of

VIEW = "workspaces.view_workspace"
ADD = "workspaces.add_workspace"
#: Workspaces and projects to choose from; the rest is found by their lists.
MAX_OFFERED = 200
_ROWS = (100, 1_000, 10_000)


@console_page("sql/", name="sql", permission=VIEW)
@require_safe
def sql_console(request: HttpRequest) -> HttpResponseBase:
    """Of the workspace that the address names, else of the newest one of its `project`, else of the newest one.

    `bucket` and `table` in the address put a first query into the editor and run it; `query`, the number of a statement
    of the query log, only puts its text there.
    """
    project_id = request.GET.get("project", "")
    offered = list(_offered(request, project_id))
    asked = request.GET.get("workspace")
    workspace = seen_workspace(request, asked) if asked else next(iter(offered), None)
    if workspace is None:
        return _without_workspace(request, project_id)
    if workspace not in offered:
        offered.insert(0, workspace)
    return framed(
        request,
        "console/sql.html",
        title="SQL console",
        workspace=workspace,
        offered=[{"id": each.pk, "label": _label(each), "is_chosen": each == workspace} for each in offered],
        workspace_url=markup.page_url(workspace),
        new_url=_new_url(request, workspace.project_id),
        log_url=markup.list_url(LoggedQuery, workspace_id__icontains=workspace.pk),
        may_write=request.user.has_perm(CHANGE),
        row_limits=_ROWS,
        usual_rows=_ROWS[1],
        settings={
            "user": request.user.get_username(),
            "workspace": workspace.pk,
            "page": reverse("admin:sql"),
            "names": reverse("admin:sql_names", args=[workspace.pk]),
            "run": reverse("admin:sql_run", args=[workspace.pk]),
            "job": reverse("admin:sql_job", args=[workspace.pk]),
            "first": _first_table(request, workspace),
            "text": _logged_text(request, workspace),
        },
    )


@console_page("sql/start/", name="sql_start", permission=ADD)
@require_POST
def start(request: HttpRequest) -> HttpResponseBase:
    """Make a workspace to begin with, and go to its console."""
    projects = visible(request.user, Project.objects.all())  # type: ignore[arg-type]
    project = get_object_or_404(projects, pk=request.POST.get("project", ""))
    order = WorkspaceOrder(name=f"{request.user.get_username()}'s workspace")
    wanted = {name: request.POST[name] for name in ("bucket", "table") if request.POST.get(name)}
    try:
        made = create_workspace(actor=actor_of(request, project.pk), project_id=project.pk, order=order)
    except KbstoreError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:sql", query={"project": project.pk} | wanted))
    return HttpResponseRedirect(reverse("admin:sql", query={"workspace": made.workspace.pk} | wanted))


def _offered(request: HttpRequest, project_id: str) -> QuerySet[Workspace]:
    """Those that can be opened, newest first."""
    usable = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    workspaces = visible(request.user, Workspace.objects.filter(usable))  # type: ignore[arg-type]
    if project_id:
        workspaces = workspaces.filter(project=project_id)
    return workspaces.select_related("project", "branch")[:MAX_OFFERED]


def _without_workspace(request: HttpRequest, project_id: str) -> HttpResponse:
    projects = visible(request.user, Project.objects.order_by("id"))  # type: ignore[arg-type]
    if project_id:
        projects = projects.filter(pk=project_id)
    return framed(
        request,
        "console/sql_start.html",
        title="SQL console",
        projects=list(projects[:MAX_OFFERED]),
        bucket=request.GET.get("bucket", ""),
        table=request.GET.get("table", ""),
        may_add=request.user.has_perm(ADD),
        may_add_project=request.user.has_perm("storage.add_project"),
        new_project_url=reverse("admin:storage_project_add"),
    )


def _new_url(request: HttpRequest, project_id: str) -> str | None:
    if not request.user.has_perm(ADD):
        return None
    return reverse("admin:workspaces_workspace_add", query={"project": project_id})


def _label(workspace: Workspace) -> str:
    branch = f" · branch {workspace.branch.name}" if workspace.branch else ""
    return f"{workspace.project_id} · {workspace.name or workspace.pk}{branch}"


def _first_table(request: HttpRequest, workspace: Workspace) -> dict[str, str] | None:
    """The table that the address asks for, under the name that it has in SQL."""
    bucket, table = request.GET.get("bucket"), request.GET.get("table")
    schema = schemas_of(workspace.project_id).get(bucket) if bucket and table else None
    return {"schema": schema, "name": table} if schema and table else None


def _logged_text(request: HttpRequest, workspace: Workspace) -> str:
    """The text of the logged statement that the address asks for, if the log kept it."""
    number = request.GET.get("query", "")
    if not number.isdecimal() or not request.user.has_perm("workspaces.view_loggedquery"):
        return ""
    found = LoggedQuery.objects.filter(workspace=workspace, pk=int(number[:18])).values_list("sql", flat=True).first()
    return found or ""

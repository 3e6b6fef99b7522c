"""Which workspace a page of the console is about, and as whom its services are called."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from kbstore.access import Actor, Role
from kbstore.console.rights import actor_of, visible
from workspaces.models import Workspace

CHANGE = "workspaces.change_workspace"


def seen_workspace(request: HttpRequest, workspace_id: str) -> Workspace:
    """The workspace, if the user sees its project; else there is no such page."""
    workspaces = Workspace.objects.select_related("project", "branch")
    workspace = visible(request.user, workspaces).filter(pk=workspace_id).first()  # type: ignore[arg-type]
    if workspace is None:
        raise Http404
    return workspace


def sql_actor(request: HttpRequest, workspace: Workspace) -> Actor:
    """Who runs SQL: whoever may not change workspaces only reads, whatever else they may change."""
    actor = actor_of(request, workspace.project_id)
    if request.user.has_perm(CHANGE):
        return actor
    return Actor(Role.PROJECT_READ, actor.label, workspace.project_id)

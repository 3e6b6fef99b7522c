"""Look at workspaces."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from kbstore.access import Actor, Need
from kbstore.errors import Forbidden
from storage import catalog
from storage.engine.workspace_errors import WorkspaceDamaged, WorkspaceMissing
from storage.engine.workspace_objects import WorkspaceObject, list_objects
from workspaces.models import Workspace
from workspaces.models.session import ACTIVE
from workspaces.services.find_workspace import find_workspace
from workspaces.services.open_workspace import opened
from workspaces.services.project_tables import ProjectTable, visible_tables

#: How long counting the rows of its tables and views may take.
COUNT_SECONDS = 4.0


@dataclass(frozen=True)
class WorkspaceContent:
    """A workspace with what is in it and what it sees."""

    workspace: Workspace
    active_sessions: int
    attached_tables: list[ProjectTable]
    objects: list[WorkspaceObject]


def get_workspace(
    *, actor: Actor, project_id: str, workspace_id: str, branch_id: str | None = None
) -> WorkspaceContent:
    """The workspace; without objects, and with status `error`, where its file is missing or unreadable.

    Raises WorkspaceNotFound, WorkspaceExpired, WorkspaceBusy where another process has the file.
    """
    workspace = find_workspace(
        actor=actor, need=Need.READ, project_id=project_id, workspace_id=workspace_id, branch_id=branch_id
    )
    try:
        with opened(workspace) as instance:
            objects = list_objects(instance, patience_seconds=COUNT_SECONDS)
    except (WorkspaceMissing, WorkspaceDamaged):
        workspace.refresh_from_db(fields=["status"])
        objects = []
    return WorkspaceContent(
        workspace, workspace.sessions.filter(status=ACTIVE).count(), visible_tables(workspace), objects
    )


def list_workspaces(
    *, actor: Actor, project_id: str, limit: int, offset: int, branch_id: str | None = None
) -> tuple[list[Workspace], int]:
    """One page, newest first, expired ones too, and how many there are in all.

    Of a project: those of main and of all branches, for a branch key of its own branch only.
    """
    if branch_id is None:
        workspaces = _of_project(actor, project_id)
    else:
        actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
        workspaces = Workspace.objects.filter(branch=catalog.find_dev_branch(project_id, branch_id))
    page = workspaces.select_related("credential")[offset : offset + limit]
    return list(page), workspaces.count()


def _of_project(actor: Actor, project_id: str) -> QuerySet[Workspace]:
    actor.require(Need.PROJECT_READ, project_id=project_id)
    catalog.find_project(project_id)
    workspaces = Workspace.objects.filter(project=project_id)
    try:
        actor.require(Need.MANAGE, project_id=project_id)
    except Forbidden:
        return workspaces.filter(branch=actor.branch_id) if actor.branch_id else workspaces.none()
    return workspaces

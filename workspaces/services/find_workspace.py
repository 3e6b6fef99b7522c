"""Find the workspace that a path names, with the contract's order of checks."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.names import DEFAULT_BRANCH
from workspaces.errors import WorkspaceExpired, WorkspaceNotFound
from workspaces.models import Workspace


def require_somewhere(actor: Actor, need: Need, project_id: str) -> None:
    """Raise Forbidden for whoever may do that in no workspace of the project; a branch key may in its branch only."""
    actor.require(need, project_id=project_id, branch_id=actor.branch_id)


def find_workspace(
    *,
    actor: Actor,
    need: Need,
    project_id: str,
    workspace_id: str,
    branch_id: str | None = None,
    may_be_expired: bool = False,
) -> Workspace:
    """The workspace with its credential, if the caller may do this with it; `branch_id` is that of the path, if any.

    Raises Forbidden, ProjectNotFound, BranchNotFound (also for `default`, which is no name here), WorkspaceNotFound,
    WorkspaceExpired.
    """
    require_somewhere(actor, need, project_id)
    workspaces = Workspace.objects.select_related("credential").filter(pk=workspace_id, project=project_id)
    if branch_id is None:
        catalog.find_project(project_id)
    else:
        workspaces = workspaces.filter(branch=catalog.find_dev_branch(project_id, branch_id))
    workspace = workspaces.first()
    if workspace is None:
        raise WorkspaceNotFound(project_id, workspace_id, branch_id=branch_id)
    actor.require(need, project_id=project_id, branch_id=branch_of(workspace))
    if workspace.is_expired() and not may_be_expired:
        raise WorkspaceExpired(workspace.pk, workspace.expires_at)  # type: ignore[arg-type]
    return workspace


def branch_of(workspace: Workspace) -> str:
    """The id under which rights and catalog know its branch."""
    return workspace.branch_id or DEFAULT_BRANCH

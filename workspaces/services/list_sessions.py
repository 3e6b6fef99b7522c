"""Look at sessions of workspaces, open and closed ones."""

from __future__ import annotations

from kbstore.access import Actor, Need
from workspaces.models import WorkspaceSession
from workspaces.services.find_workspace import find_workspace
from workspaces.session_errors import SessionNotFound


def get_session(*, session_id: str) -> WorkspaceSession:
    """Raises SessionNotFound."""
    session = WorkspaceSession.objects.filter(pk=session_id).first()
    if session is None:
        raise SessionNotFound(session_id)
    return session


def list_sessions(
    *, workspace_id: str = "", status: str = "", limit: int | None = None, offset: int = 0
) -> tuple[list[WorkspaceSession], int]:
    """One page of those of the workspace with this status (all if empty), newest first, and how many there are."""
    sessions = WorkspaceSession.objects.order_by("-connected_at", "-id")
    if workspace_id:
        sessions = sessions.filter(workspace=workspace_id)
    if status:
        sessions = sessions.filter(status=status)
    page = list(sessions[offset : None if limit is None else offset + limit])
    return page, len(page) if limit is None and offset == 0 else sessions.count()


def list_workspace_sessions(
    *, actor: Actor, project_id: str, workspace_id: str, status: str, limit: int | None, offset: int
) -> tuple[list[WorkspaceSession], int]:
    """The same for a user, also of an expired one. Raises Forbidden, ProjectNotFound, WorkspaceNotFound."""
    workspace = find_workspace(
        actor=actor, need=Need.READ, project_id=project_id, workspace_id=workspace_id, may_be_expired=True
    )
    return list_sessions(workspace_id=workspace.pk, status=status, limit=limit, offset=offset)

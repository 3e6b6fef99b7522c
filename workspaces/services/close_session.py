"""Note that a connection to a workspace has ended."""

from __future__ import annotations

from workspaces.models import WorkspaceSession
from workspaces.session_errors import SessionNotFound

DISCONNECTED = "disconnected"


def close_session(*, session_id: str, reason: str = DISCONNECTED) -> None:
    """The row stays and has the reason as its status; a second reason replaces the first. Raises SessionNotFound."""
    if not WorkspaceSession.objects.filter(pk=session_id).update(status=reason):
        raise SessionNotFound(session_id)

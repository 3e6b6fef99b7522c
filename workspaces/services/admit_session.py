"""Whether a workspace takes one more session of a user who has proved the password."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from workspaces.errors import WorkspaceExpired
from workspaces.models import Workspace, WorkspaceSession, WorkspaceStatus
from workspaces.models.session import ACTIVE
from workspaces.services.open_session import new_session_id, open_session
from workspaces.services.sweep_sessions import mark_lost_sessions
from workspaces.session_errors import ConnectionLimitReached, UnknownWorkspace, WorkspaceNotActive


def check_admission(workspace: Workspace) -> None:
    """Raises WorkspaceExpired, WorkspaceNotActive or ConnectionLimitReached, in this order."""
    now = timezone.now()
    if workspace.expires_at is not None and workspace.is_expired(now):
        raise WorkspaceExpired(workspace.pk, workspace.expires_at)
    if workspace.status != WorkspaceStatus.ACTIVE:
        raise WorkspaceNotActive(workspace.pk, workspace.status)
    limit: int = settings.PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE
    active = _count_active(workspace)
    # A server that crashed closed nothing: its sessions must not lock anybody out.
    if active >= limit and mark_lost_sessions(workspace_id=workspace.pk):
        active = _count_active(workspace)
    if active >= limit:
        raise ConnectionLimitReached(workspace.pk, active_sessions=active, limit=limit)


def admit_session(
    *, workspace_id: str, client_ip: str | None, worker: str, session_id: str | None = None, username: str = ""
) -> WorkspaceSession:
    """Check and open in one step, so that two logins at once never exceed the limit.

    Raises UnknownWorkspace, and what `check_admission` raises.
    """
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update().filter(pk=workspace_id).first()
        if workspace is None:
            raise UnknownWorkspace(workspace_id)
        check_admission(workspace)
        return open_session(
            session_id=session_id or new_session_id(),
            workspace_id=workspace_id,
            client_ip=client_ip,
            worker=worker,
            username=username,
        )


def _count_active(workspace: Workspace) -> int:
    return WorkspaceSession.objects.filter(workspace=workspace, status=ACTIVE).count()

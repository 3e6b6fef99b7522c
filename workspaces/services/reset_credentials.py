"""Give a login of a workspace a new password."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.errors import CredentialsNotFound, LoginNotFound
from workspaces.models import Credential, ExtraLogin, Workspace
from workspaces.services.credentials import new_password
from workspaces.services.disconnect import close_connections, mark_sessions_closed
from workspaces.services.find_host_workspace import find_login
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.verifier import sealed_verifier


def reset_credentials(*, actor: Actor, project_id: str, workspace_id: str) -> tuple[Workspace, str]:
    """The workspace and its new password, which nobody can see again; the old one is no good for new logins.

    The user name stays, and so do open sessions. Raises WorkspaceNotFound, WorkspaceExpired, CredentialsNotFound.
    """
    workspace = find_workspace(actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id)
    password = _reset(actor=actor, project_id=project_id, branch_id=branch_of(workspace), workspace_id=workspace_id)
    return workspace, password


def reset_login(*, actor: Actor, project_id: str | None, username: str) -> str:
    """The new password of any login; whoever works with the old one is disconnected. Raises LoginNotFound."""
    workspace, login = find_login(actor=actor, need=Need.WRITE, project_id=project_id, username=username)
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "workspace_id": workspace.pk}
    password, closed = _reset_login(actor=actor, **place, username=login.username)
    close_connections(closed)
    return password


@operation("reset_workspace_credentials", resource_type="workspace", need=Need.WRITE)
def _reset(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str) -> str:
    password = new_password()
    verifier = sealed_verifier(workspace_id, password)
    with transaction.atomic():
        credential = Credential.objects.filter(workspace=workspace_id).first()
        if credential is None:
            raise CredentialsNotFound(workspace_id)
        credential.verifier = verifier
        credential.save(update_fields=["verifier", "changed_at"])
        record_success(workspace_id)
    return password


@operation("reset_workspace_login", resource_type="workspace", need=Need.WRITE)
def _reset_login(
    *, actor: Actor, project_id: str, branch_id: str, workspace_id: str, username: str
) -> tuple[str, list[str]]:
    """The password and the sessions that were open."""
    password = new_password()
    verifier = sealed_verifier(workspace_id, password)
    with transaction.atomic():
        kinds: tuple[type[Credential | ExtraLogin], ...] = (Credential, ExtraLogin)
        for kind in kinds:
            login = kind.objects.select_for_update().filter(workspace=workspace_id, username=username).first()
            if login is not None:
                break
        else:
            raise LoginNotFound(username)
        login.verifier = verifier
        login.save(update_fields=["verifier", "changed_at"])
        closed = mark_sessions_closed(workspace_id, username=username)
        record_success(workspace_id, username=username, sessions=len(closed))
    return password, closed

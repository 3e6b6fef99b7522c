"""Logins beside the one that a workspace is made with."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.errors import PrimaryLogin
from workspaces.models import Credential, ExtraLogin, Workspace
from workspaces.services.credentials import new_password, new_username
from workspaces.services.disconnect import close_connections, mark_sessions_closed
from workspaces.services.find_host_workspace import find_login
from workspaces.services.find_workspace import branch_of
from workspaces.services.verifier import sealed_verifier


@dataclass(frozen=True)
class NewLogin:
    username: str
    password: str = field(repr=False)


def add_login(*, actor: Actor, workspace: Workspace, reads_storage: bool) -> NewLogin:
    """One more login; the password cannot be seen again.

    It works with all that is in the workspace, and finds the tables of the project if it `reads_storage`.
    """
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace)}
    return _add(actor=actor, **place, workspace=workspace, reads_storage=reads_storage)


def drop_login(*, actor: Actor, project_id: str | None, username: str) -> None:
    """Remove a login and end its sessions. Raises LoginNotFound; PrimaryLogin for that of the workspace itself."""
    workspace, login = find_login(actor=actor, need=Need.WRITE, project_id=project_id, username=username)
    if isinstance(login, Credential):
        raise PrimaryLogin(login.username)
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "workspace_id": workspace.pk}
    close_connections(_drop(actor=actor, **place, username=login.username))


@operation("create_workspace_login", resource_type="workspace", need=Need.WRITE)
def _add(*, actor: Actor, project_id: str, branch_id: str, workspace: Workspace, reads_storage: bool) -> NewLogin:
    made = NewLogin(new_username(workspace.handle), new_password())
    verifier = sealed_verifier(workspace.pk, made.password)
    with transaction.atomic():
        ExtraLogin.objects.create(
            workspace=workspace, username=made.username, verifier=verifier, reads_storage=reads_storage
        )
        record_success(workspace.pk, username=made.username, reads_storage=reads_storage)
    return made


@operation("drop_workspace_login", resource_type="workspace", need=Need.WRITE)
def _drop(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str, username: str) -> list[str]:
    """The sessions that were open."""
    with transaction.atomic():
        ExtraLogin.objects.filter(workspace=workspace_id, username=username).delete()
        closed = mark_sessions_closed(workspace_id, username=username)
        record_success(workspace_id, username=username, sessions=len(closed))
    return closed

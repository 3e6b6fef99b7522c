"""Commands for the logins of workspaces."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.errors import FailedPrecondition
from storage.driver.generated.workspace_pb2 import (
    CreateWorkspaceUserCommand,
    CreateWorkspaceUserResponse,
    DropWorkspaceUserCommand,
    ResetWorkspacePasswordCommand,
    ResetWorkspacePasswordResponse,
)
from storage.driver.names import required
from storage.driver.registry import Access, handles
from storage.driver.workspaces import told_workspace_errors, workspace_of
from workspaces.errors import LoginNotFound, PrimaryLogin
from workspaces.services.extra_login import add_login, drop_login
from workspaces.services.reset_credentials import reset_login


@handles(ResetWorkspacePasswordCommand, access=Access.WRITE)
def reset_password(call: Call, command: ResetWorkspacePasswordCommand) -> ResetWorkspacePasswordResponse:
    """A new password; the old one is no good from now on, and whoever came in with it has been disconnected."""
    user = required(command.workspaceUserName, "workspaceUserName")
    with told_workspace_errors():
        password = reset_login(actor=call.actor, project_id=call.project_id, username=user)
    call.log.inform(f"Reset the password of workspace user {user}", user=user)
    return ResetWorkspacePasswordResponse(workspaceUserName=user, workspacePassword=password)


@handles(CreateWorkspaceUserCommand, access=Access.WRITE)
def create_user(call: Call, command: CreateWorkspaceUserCommand) -> CreateWorkspaceUserResponse:
    """One more login to a workspace; it reads storage only with the name of a role that does."""
    name = required(command.workspaceObjectName or command.workspaceId, "workspaceObjectName")
    workspace = workspace_of(call, name, project_id=command.projectId)
    login = add_login(actor=call.actor, workspace=workspace, reads_storage=bool(command.projectReadOnlyRoleName))
    call.log.inform(f"Created user {login.username} of workspace {name}", workspace=name, user=login.username)
    return CreateWorkspaceUserResponse(workspaceUserName=login.username, workspacePassword=login.password)


@handles(DropWorkspaceUserCommand, access=Access.WRITE)
def drop_user(call: Call, command: DropWorkspaceUserCommand) -> None:
    """The login is gone and its sessions have ended, whether it was there or not."""
    user = required(command.workspaceUserName, "workspaceUserName")
    try:
        drop_login(actor=call.actor, project_id=call.project_id, username=user)
    except LoginNotFound:
        call.log.warn(f"Workspace user {user} not found: nothing to drop", user=user)
        return
    except PrimaryLogin as error:
        raise FailedPrecondition(error.message) from error
    call.log.inform(f"Dropped workspace user {user}", user=user)

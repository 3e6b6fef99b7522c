"""Commands for workspaces: made, emptied, dropped, and opened to other projects."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import MessageToDict

from kbstore.errors import KbstoreError
from storage import catalog
from storage.driver.branches import branch_named
from storage.driver.call import Call
from storage.driver.errors import ObjectNotFound
from storage.driver.generated.workspace_pb2 import (
    ClearWorkspaceCommand,
    CreateWorkspaceCommand,
    CreateWorkspaceResponse,
    DropWorkspaceCommand,
    DropWorkspaceObjectCommand,
    GrantWorkspaceAccessToProjectCommand,
    RevokeWorkspaceAccessToProjectCommand,
)
from storage.driver.names import required, workspace_role
from storage.driver.registry import Access, handles
from storage.driver.workspaces import told_workspace_errors, workspace_of
from storage.models import Project
from storage.names import DEFAULT_BRANCH
from workspaces import errors
from workspaces.models import Workspace
from workspaces.services.clear_workspace import clear_workspace
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.delete_workspace import delete_workspace
from workspaces.services.drop_object import drop_workspace_object
from workspaces.services.grant_workspace import grant_workspace, revoke_workspace

#: What the host names along with a workspace: kept with it, so that its operators can tell whose it is.
_FACTS = (
    "stackPrefix",
    "projectUserName",
    "projectRoleName",
    "projectReadOnlyRoleName",
    "devBranchReadOnlyRoleName",
    "directGrantTables",
)
_PROJECT_HANDLE = "project_"


@handles(CreateWorkspaceCommand, access=Access.WRITE)
def create(call: Call, command: CreateWorkspaceCommand) -> CreateWorkspaceResponse:
    """An empty workspace that never expires; its password is told here and never again."""
    project_id = required(command.projectId, "projectId")
    name = required(command.workspaceId, "workspaceId")
    branch_id = DEFAULT_BRANCH if command.isBranchDefault else branch_named(project_id, command.branchId)
    order = WorkspaceOrder(f"workspace_{name}", host_id=name, host_facts=_facts(command))
    with told_workspace_errors():
        made = create_workspace(
            actor=call.actor,
            project_id=project_id,
            order=order,
            branch_id=None if catalog.is_default(branch_id) else branch_id,
        )
    call.log.inform(f"Created workspace {name}", workspace=name, project=project_id)
    if command.directGrantTables:
        # Tables of the project are versions that nobody may write to in place.
        call.log.warn(
            "directGrantTables are recorded; the workspace reads these tables and cannot write to them",
            tables=len(command.directGrantTables),
        )
    return CreateWorkspaceResponse(
        workspaceUserName=made.workspace.credential.username,
        workspaceRoleName=workspace_role(name),
        workspacePassword=made.password,
        workspaceObjectName=name,
    )


@handles(DropWorkspaceCommand, access=Access.WRITE)
def drop(call: Call, command: DropWorkspaceCommand) -> None:
    """The workspace is gone with all that is in it, its logins and its sessions, whether it was there or not."""
    name = required(command.workspaceObjectName, "workspaceObjectName")
    try:
        workspace = workspace_of(call, name)
        delete_workspace(actor=call.actor, **_ids(workspace))
    except (ObjectNotFound, errors.WorkspaceNotFound):
        call.log.warn(f"Workspace {name} not found: nothing to drop", workspace=name)
        return
    call.log.inform(f"Dropped workspace {name}", workspace=name)


@handles(ClearWorkspaceCommand, access=Access.WRITE)
def clear(call: Call, command: ClearWorkspaceCommand) -> None:
    """Nothing is left but what the host wants preserved, and internal objects."""
    name = required(command.workspaceObjectName, "workspaceObjectName")
    try:
        workspace = workspace_of(call, name)
        clear_workspace(actor=call.actor, **_ids(workspace), preserve=command.objectsToPreserve)
    except KbstoreError as error:
        if not command.ignoreErrors or error.http_status in (401, 403):
            raise
        call.log.warn(f"Workspace {name} was not cleared: {error.message}", workspace=name)
        return
    call.log.inform(f"Cleared workspace {name}", workspace=name, preserved=len(command.objectsToPreserve))


@handles(DropWorkspaceObjectCommand, access=Access.WRITE)
def drop_object(call: Call, command: DropWorkspaceObjectCommand) -> None:
    """A table or view of the workspace is gone."""
    name = required(command.workspaceObjectName, "workspaceObjectName")
    object_name = required(command.objectNameToDrop, "objectNameToDrop")
    try:
        workspace = workspace_of(call, name)
    except ObjectNotFound as error:
        if not command.ignoreIfNotExists:
            raise
        call.log.warn(error.message, workspace=name)
        return
    try:
        drop_workspace_object(actor=call.actor, **_ids(workspace), object_name=object_name)
    except errors.ObjectNotFound as error:
        text = f"Object {object_name} not found in workspace {name}"
        if call.policy.misses_objects and not command.ignoreIfNotExists:
            raise ObjectNotFound(text) from error
        call.log.warn(text, workspace=name, object=object_name)
        return
    call.log.inform(f"Dropped {object_name} of workspace {name}", workspace=name, object=object_name)


@handles(GrantWorkspaceAccessToProjectCommand, access=Access.WRITE)
def grant(call: Call, command: GrantWorkspaceAccessToProjectCommand) -> None:
    """The named project may load tables into the workspace."""
    workspace, grantee = _both(call, command)
    if workspace is not None and grantee is not None:
        grant_workspace(actor=call.actor, workspace=workspace, grantee_id=grantee)
    call.log.inform(
        f"Grant workspace access recorded for workspace {command.workspaceObjectName}",
        workspace=command.workspaceObjectName,
        project=grantee,
    )


@handles(RevokeWorkspaceAccessToProjectCommand, access=Access.WRITE)
def revoke(call: Call, command: RevokeWorkspaceAccessToProjectCommand) -> None:
    """The named project may do so no more."""
    workspace, grantee = _both(call, command)
    if workspace is not None and grantee is not None:
        revoke_workspace(actor=call.actor, workspace=workspace, grantee_id=grantee)
    call.log.inform(
        f"Revoke workspace access recorded for workspace {command.workspaceObjectName}",
        workspace=command.workspaceObjectName,
        project=grantee,
    )


def _both(
    call: Call, command: GrantWorkspaceAccessToProjectCommand | RevokeWorkspaceAccessToProjectCommand
) -> tuple[Workspace | None, str | None]:
    """The workspace and the project's id; None, and a warning, for what does not exist."""
    name = required(command.workspaceObjectName, "workspaceObjectName")
    try:
        workspace = workspace_of(call, name)
    except ObjectNotFound as error:
        call.log.warn(f"{error.message}: there is nothing to give access to", workspace=name)
        workspace = None
    grantee = _project_behind(command.projectUserName, command.projectRoleName)
    if grantee is None:
        call.log.warn("Neither projectUserName nor projectRoleName is that of a project of this server")
    return workspace, grantee


def _project_behind(*handles_of_project: str) -> str | None:
    for handle in handles_of_project:
        names = {handle, handle.removeprefix(_PROJECT_HANDLE)} - {""}
        found: str | None = Project.objects.filter(pk__in=names).values_list("pk", flat=True).first()
        if found is not None:
            return found
    return None


def _facts(command: CreateWorkspaceCommand) -> dict[str, Any]:
    kept = CreateWorkspaceCommand()
    kept.CopyFrom(command)
    # Of other backends, and of any type: it may be one that cannot be written as JSON.
    kept.ClearField("meta")
    return {name: value for name, value in MessageToDict(kept).items() if name in _FACTS}


def _ids(workspace: Workspace) -> dict[str, str]:
    return {"project_id": workspace.project_id, "workspace_id": workspace.pk}

"""Empty a workspace."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.engine.workspace_objects import clear_objects
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.open_workspace import opened


def clear_workspace(*, actor: Actor, project_id: str, workspace_id: str, preserve: Collection[str] = ()) -> None:
    """Drop all that users made in it but objects of the names `preserve`, in one transaction; its file is small again.

    Raises WorkspaceNotFound, WorkspaceExpired, WorkspaceBusy where others change it at this moment.
    """
    workspace = find_workspace(actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id)
    _clear(actor=actor, project_id=project_id, branch_id=branch_of(workspace), workspace=workspace, preserve=preserve)


@operation("clear_workspace", resource_type="workspace", need=Need.WRITE)
def _clear(*, actor: Actor, project_id: str, branch_id: str, workspace: Workspace, preserve: Collection[str]) -> None:
    with opened(workspace, exclusive=True) as instance:
        clear_objects(instance, preserve=preserve)
    with transaction.atomic():
        record_success(workspace.pk)

"""Drop one table or view of a workspace."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.engine.workspace_objects import INTERNAL_PREFIX, drop_object
from workspaces.errors import ObjectNotFound
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.open_workspace import opened


def drop_workspace_object(*, actor: Actor, project_id: str, workspace_id: str, object_name: str) -> None:
    """Drop the table or view of exactly this name; internal ones are not found.

    Raises WorkspaceNotFound, WorkspaceExpired, ObjectNotFound, ObjectInUse, WorkspaceBusy.
    """
    workspace = find_workspace(actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id)
    place = {"project_id": project_id, "branch_id": branch_of(workspace)}
    _drop(actor=actor, **place, workspace=workspace, name=object_name)


@operation("drop_workspace_object", resource_type="workspace_object", need=Need.WRITE)
def _drop(*, actor: Actor, project_id: str, branch_id: str, workspace: Workspace, name: str) -> None:
    if name.startswith(INTERNAL_PREFIX) or "\0" in name:
        raise ObjectNotFound(project_id, workspace.pk, name)
    with opened(workspace, exclusive=True) as instance:
        if not drop_object(instance, name):
            raise ObjectNotFound(project_id, workspace.pk, name)
    with transaction.atomic():
        record_success(f"{workspace.pk}/{name}", object_name=name)

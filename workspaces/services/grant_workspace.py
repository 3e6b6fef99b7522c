"""Let other projects load tables into a workspace."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.models import Workspace, WorkspaceGrant
from workspaces.services.find_workspace import branch_of


def grant_workspace(*, actor: Actor, workspace: Workspace, grantee_id: str) -> None:
    """The project may load tables into the workspace from now on, if it may not already."""
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "workspace_id": workspace.pk}
    _grant(actor=actor, **place, grantee_id=grantee_id)


def revoke_workspace(*, actor: Actor, workspace: Workspace, grantee_id: str) -> None:
    """The project may no more; nothing happens where it may not."""
    place = {"project_id": workspace.project_id, "branch_id": branch_of(workspace), "workspace_id": workspace.pk}
    _revoke(actor=actor, **place, grantee_id=grantee_id)


@operation("grant_workspace", resource_type="workspace", need=Need.WRITE)
def _grant(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str, grantee_id: str) -> None:
    with transaction.atomic():
        _, is_new = WorkspaceGrant.objects.get_or_create(workspace_id=workspace_id, project_id=grantee_id)
        record_success(workspace_id, grantee=grantee_id, is_new=is_new)


@operation("revoke_workspace", resource_type="workspace", need=Need.WRITE)
def _revoke(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str, grantee_id: str) -> None:
    with transaction.atomic():
        removed, _ = WorkspaceGrant.objects.filter(workspace=workspace_id, project=grantee_id).delete()
        record_success(workspace_id, grantee=grantee_id, was_granted=bool(removed))

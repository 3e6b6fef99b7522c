"""Delete a workspace: its row, then what is open of it, then its file."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.models import Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.open_workspace import close_workspace
from workspaces.services.workspace_place import remove_file, size_of

log = structlog.get_logger(__name__)


def delete_workspace(*, actor: Actor, project_id: str, workspace_id: str, branch_id: str | None = None) -> None:
    """Delete it, also when it has expired; its sessions end and its file is gone on return.

    `branch_id` is that of the path, if it names one. Raises WorkspaceNotFound. A crash leaves a file that doctor finds.
    """
    workspace = find_workspace(
        actor=actor,
        need=Need.WRITE,
        project_id=project_id,
        workspace_id=workspace_id,
        branch_id=branch_id,
        may_be_expired=True,
    )
    place = {"project_id": project_id, "workspace_id": workspace_id}
    if branch_id is None:
        _delete(actor=actor, **place, branch_id=branch_of(workspace))
    else:
        _delete_of_branch(actor=actor, **place, branch_id=branch_id)


@operation("delete_workspace", resource_type="workspace", need=Need.WRITE)
def _delete(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str) -> None:
    with transaction.atomic():
        for workspace in Workspace.objects.filter(pk=workspace_id):
            details = {"name": workspace.name, "size_bytes": size_of(workspace)}
            workspace.delete()
            record_success(workspace_id, **details)


@operation("delete_branch_workspace", resource_type="workspace", need=Need.WRITE)
def _delete_of_branch(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str) -> None:
    with transaction.atomic():
        if Workspace.objects.filter(pk=workspace_id).delete()[0]:
            record_success(workspace_id, branch_id=branch_id)


def forget_deleted(*, instance: Workspace, **_: Any) -> None:
    """After any deletion of a row, also with its project or branch: end what is open, then remove the file."""
    gone = Workspace(id=instance.pk, project_id=instance.project_id, branch_id=instance.branch_id)

    def forget() -> None:
        close_workspace(gone.pk)
        try:
            remove_file(gone)
        except OSError as error:
            log.error("file of a deleted workspace stays", workspace_id=gone.pk, exc_info=error)

    transaction.on_commit(forget, robust=True)

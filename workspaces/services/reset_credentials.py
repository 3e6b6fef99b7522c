"""Give a workspace a new password."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.errors import CredentialsNotFound
from workspaces.models import Credential, Workspace
from workspaces.services.credentials import new_password
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.verifier import sealed_verifier


def reset_credentials(*, actor: Actor, project_id: str, workspace_id: str) -> tuple[Workspace, str]:
    """The workspace and its new password, which nobody can see again; the old one is no good for new logins.

    The user name stays, and so do open sessions. Raises WorkspaceNotFound, WorkspaceExpired, CredentialsNotFound.
    """
    workspace = find_workspace(actor=actor, need=Need.WRITE, project_id=project_id, workspace_id=workspace_id)
    password = _reset(actor=actor, project_id=project_id, branch_id=branch_of(workspace), workspace_id=workspace_id)
    return workspace, password


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

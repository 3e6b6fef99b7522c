"""The logins of a workspace: a user name and what is needed to check its password, never the password."""

from __future__ import annotations

from django.db import models


class WorkspaceLogin(models.Model):
    """`verifier` is PostgreSQL's text form of a SCRAM-SHA-256 verifier, encrypted (`kbstore.encryption`)."""

    username = models.CharField(max_length=96, unique=True)
    verifier = models.BinaryField()
    changed_at = models.DateTimeField(auto_now=True)
    #: Whether its sessions see the tables of the project.
    reads_storage: bool
    workspace_id: str

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.username


class Credential(WorkspaceLogin):
    """The login that a workspace is made with."""

    workspace = models.OneToOneField("workspaces.Workspace", on_delete=models.CASCADE, related_name="credential")
    reads_storage = True


class ExtraLogin(WorkspaceLogin):
    """One more login for the same objects."""

    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE, related_name="extra_logins")
    reads_storage = models.BooleanField(default=False)  # type: ignore[assignment]

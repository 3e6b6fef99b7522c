"""The login of a workspace: a user name and what is needed to check its password, never the password."""

from __future__ import annotations

from django.db import models


class Credential(models.Model):
    """`verifier` is PostgreSQL's text form of a SCRAM-SHA-256 verifier, encrypted (`kbstore.encryption`)."""

    workspace = models.OneToOneField("workspaces.Workspace", on_delete=models.CASCADE, related_name="credential")
    username = models.CharField(max_length=96, unique=True)
    verifier = models.BinaryField()
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.username

"""Which other projects may load tables into a workspace."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class WorkspaceGrant(models.Model):
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE, related_name="grants")
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="granted_workspaces")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "project"], name="workspace_granted_once"),)

    def __str__(self) -> str:
        return f"{self.workspace_id} to {self.project_id}"

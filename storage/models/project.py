"""Projects: the tenants."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Project(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    name = models.TextField(null=True, blank=True)
    settings = models.JSONField(null=True, blank=True)
    #: What this level overrides of the snapshot settings, as the contract spells them; null: nothing.
    snapshot_settings = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=16, default="active", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["-created_at", "-id"], name="project_newest"),)
        permissions = (("see_every_project", "Can see every project, member or not"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id

    @property
    def directory_name(self) -> str:
        """The wire's `db_path`: a name relative to the DuckDB root, never a host path."""
        return f"project_{self.id}"

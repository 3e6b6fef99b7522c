"""Dev branches; the default branch is implicit and has no row: a null branch means it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Branch(models.Model):
    id = models.CharField(primary_key=True, max_length=32)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="branches")
    name = models.TextField()
    description = models.TextField(null=True, blank=True)
    #: What a Keboola Connection host calls it: two projects may use the same. Null where no host made it.
    host_id = models.CharField(max_length=255, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=64, null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "branches"
        constraints = (
            models.UniqueConstraint(fields=["project", "name"], name="branch_name_unique"),
            models.UniqueConstraint(fields=["project", "host_id"], name="branch_host_id_unique"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

"""Buckets: named groups of tables, shared by all branches of a project."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Bucket(models.Model):
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="buckets")
    name = models.CharField(max_length=96)
    description = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("project", "name")
        constraints = (models.UniqueConstraint(fields=["project", "name"], name="bucket_name_unique"),)

    def __str__(self) -> str:
        return self.name

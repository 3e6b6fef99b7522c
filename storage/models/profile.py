"""Profiles of table versions: a version never changes, so what was computed once stays right."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from storage.models.exact_json import ExactJSONField


class TableProfile(models.Model):
    version = models.ForeignKey("storage.TableVersion", on_delete=models.CASCADE, related_name="profiles")
    mode = models.CharField(max_length=16)
    result = ExactJSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "mode"], name="profile_unique"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.mode}"

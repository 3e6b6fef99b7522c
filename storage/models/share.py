"""Shares: a bucket that its project lets another project link."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class BucketShare(models.Model):
    bucket = models.ForeignKey("storage.Bucket", on_delete=models.CASCADE, related_name="shares")
    target_project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="shares_received")
    #: It was made for a link that an admin made of an unshared bucket, and goes with that link.
    is_of_link = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=["bucket", "target_project"], name="bucket_share_unique"),)

    def __str__(self) -> str:
        return f"{self.bucket} for {self.target_project_id}"

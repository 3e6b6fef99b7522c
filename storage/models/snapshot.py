"""Snapshots: rows that pin a version of a table; they take no space while the version lives anyway."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SnapshotType(models.TextChoices):
    MANUAL = "manual"
    BEFORE_DROP = "auto_predrop"
    BEFORE_DROP_COLUMN = "auto_predrop_column"
    BEFORE_TRUNCATE = "auto_pretruncate"
    BEFORE_RESTORE = "auto_prerestore"
    BEFORE_PUSH = "auto_prepush"
    BEFORE_FULL_LOAD = "auto_prefull_load"


class LiveSnapshots(models.QuerySet["Snapshot"]):
    def live(self) -> LiveSnapshots:
        """Those that a user can still see: expired ones only wait for the purge."""
        return self.filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now()))


class Snapshot(models.Model):
    """Bucket and table are names, not rows: a snapshot outlives its table. `branch` null means the default branch."""

    id = models.CharField(primary_key=True, max_length=160)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="snapshots")
    branch = models.ForeignKey("storage.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    bucket_name = models.CharField(max_length=96)
    table_name = models.CharField(max_length=96)
    type = models.CharField(max_length=32, choices=SnapshotType.choices, default=SnapshotType.MANUAL)
    version = models.ForeignKey("storage.TableVersion", on_delete=models.RESTRICT, related_name="snapshots")
    description = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=64, null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = LiveSnapshots.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["project", "-created_at", "-id"], name="snapshot_newest"),
            models.Index(fields=["expires_at"], name="snapshot_expiry"),
        )

    def __str__(self) -> str:
        return self.id

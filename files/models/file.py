"""Files: from the upload session to the registered object, one row."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class FileState(models.TextChoices):
    PREPARED = "prepared"
    UPLOADED = "uploaded"
    REGISTERED = "registered"


def new_file_id() -> str:
    return str(uuid.uuid4())


class File(models.Model):
    """`upload_key` names the session and is null once registered; `path` is the object's name in the default storage.

    The project is a foreign key by name, since files lie below storage in the house.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_file_id, editable=False)
    upload_key = models.CharField(max_length=36, unique=True, null=True, editable=False)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="files")
    state = models.CharField(max_length=16, choices=FileState.choices, default=FileState.PREPARED)
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=512, blank=True, default="")
    content_type = models.CharField(max_length=255, null=True)
    declared_size_bytes = models.BigIntegerField(null=True)
    size_bytes = models.BigIntegerField(default=0)
    checksum_sha256 = models.CharField(max_length=64, null=True)
    tags = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["project", "state", "-created_at", "-id"], name="file_newest"),
            models.Index(fields=["expires_at"], name="file_expiry"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_staged(self) -> bool:
        return self.state != FileState.REGISTERED

"""Objects that arrive in parts."""

from __future__ import annotations

import secrets
import time

from django.db import models
from django.utils import timezone

from files.models.stored_object import Described


def new_upload_id() -> str:
    """32 hexadecimal digits that begin with the time in nanoseconds: later uploads have greater ones."""
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


class MultipartUpload(Described):
    """An upload from its creation to its end; a completed one is remembered for a day, so that it can be repeated."""

    id = models.CharField(primary_key=True, max_length=32, default=new_upload_id, editable=False)
    bucket = models.ForeignKey("files.ObjectBucket", on_delete=models.CASCADE, related_name="uploads")
    key = models.CharField(max_length=1024)
    initiated_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)
    #: What Complete answered, and a hash of the parts that it named.
    result = models.JSONField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["bucket", "key", "initiated_at", "id"], name="upload_key"),
            models.Index(fields=["completed_at", "initiated_at"], name="upload_age"),
        )

    def __str__(self) -> str:
        return self.id


class UploadedPart(models.Model):
    """A part as the upload has it now; one that is sent again takes its place."""

    upload = models.ForeignKey(MultipartUpload, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    content = models.ForeignKey("files.Content", on_delete=models.PROTECT, related_name="parts")
    #: MD5 in hex.
    etag = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField()
    checksum_algorithm = models.CharField(max_length=16, blank=True, default="")
    checksum = models.CharField(max_length=128, blank=True, default="")
    last_modified = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["upload", "number"], name="part_number"),)

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"

"""Access keys for the S3 endpoint."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class S3Credential(models.Model):
    """A pair of access key and secret. Signatures need the secret itself, so it is kept encrypted.

    Without a project it opens every bucket, as the admin key does.
    """

    access_key_id = models.CharField(primary_key=True, max_length=20, editable=False)
    secret = models.BinaryField(editable=False)
    project = models.ForeignKey(
        "storage.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="s3_credentials"
    )
    description = models.CharField(max_length=255, blank=True, default="")
    is_read_only = models.BooleanField(default=False)
    #: It opens keys that begin so, and nothing else.
    key_prefix = models.CharField(max_length=1024, blank=True, default="")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at", "access_key_id")

    def __str__(self) -> str:
        return self.access_key_id

"""Requests that carried an idempotency key: what was asked, by whom, and what the answer was."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class IdempotentRequest(models.Model):
    """`status` is null while the first request runs. The body is encrypted: it may hold an API key shown once.

    Hashes are SHA-256 as hex digits; `body_hash` is empty for a request without a body.
    """

    key_hash = models.CharField(primary_key=True, max_length=64)
    method = models.CharField(max_length=16)
    path = models.TextField()
    body_hash = models.CharField(max_length=64, blank=True, default="")
    credential_hash = models.CharField(max_length=64)
    worker = models.CharField(max_length=128)
    request_id = models.CharField(max_length=128, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=255, blank=True, default="")
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["expires_at"], name="idempotent_expiry"),)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

"""API keys: stored as SHA-256, shown once."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone


class KeyScope(models.TextChoices):
    PROJECT_ADMIN = "project_admin"
    BRANCH_ADMIN = "branch_admin"
    BRANCH_READ = "branch_read"


class ActiveKeys(models.QuerySet["ApiKey"]):
    def active(self) -> ActiveKeys:
        """Keys that authenticate now: neither revoked nor expired."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, revoked_at__isnull=True)


class ApiKey(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="api_keys")
    branch = models.ForeignKey("storage.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    key_prefix = models.CharField(max_length=255, editable=False)
    scope = models.CharField(max_length=16, choices=KeyScope.choices, default=KeyScope.PROJECT_ADMIN)
    description = models.CharField(max_length=255, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ActiveKeys.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["project", "-created_at"], name="api_key_newest"),)

    def __str__(self) -> str:
        return self.key_prefix

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    def is_active(self, now: datetime.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

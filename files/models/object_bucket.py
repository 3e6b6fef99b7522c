"""Buckets of the S3 endpoint: names under which objects lie."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class ObjectBucket(models.Model):
    """A project has one of its own, `project_{id}`, made with its first object; others are made over S3.

    Objects of a bucket without a project belong to the installation.
    """

    name = models.CharField(max_length=128, unique=True)
    project = models.ForeignKey(
        "storage.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="object_buckets"
    )
    #: Whose it is: what `S3Caller.owner` says. Several callers of one project share an owner.
    owner = models.CharField(max_length=64, db_index=True)
    is_builtin = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

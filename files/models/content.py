"""Bytes in the default storage, which never change once they are named by an object."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


def new_content_id() -> str:
    return uuid.uuid4().hex


class Content(models.Model):
    """One run of bytes, or several one after the other: `pieces` are then their names and sizes in order.

    Objects that were copied share one. Nobody's content is removed by whoever takes its last name away, or by the
    janitor.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_content_id, editable=False)
    #: The name in the default storage; empty if there are pieces.
    path = models.CharField(max_length=512, blank=True, default="")
    #: [[path, size in bytes], ...]
    pieces = models.JSONField(null=True)
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=["created_at"], name="content_age"),
            models.Index(fields=["path"], name="content_path"),
        )

    def __str__(self) -> str:
        return self.id

"""Tables: a name that points at one immutable version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from storage.models.bucket import Bucket


class Table(models.Model):
    """`branch` null is the default branch's table; with a branch, that branch's own version of it."""

    bucket = models.ForeignKey("storage.Bucket", on_delete=models.CASCADE, related_name="tables")
    branch = models.ForeignKey("storage.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="tables")
    name = models.CharField(max_length=96)
    current_version = models.ForeignKey("storage.TableVersion", on_delete=models.RESTRICT, related_name="+")
    #: Of a branch's own version: the version of main that it began with, null for a table made in the branch.
    branched_from = models.CharField(max_length=32, null=True, editable=False)
    snapshot_settings = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("bucket", "name")
        constraints = (
            models.UniqueConstraint(fields=["bucket", "name"], condition=Q(branch=None), name="table_name_unique"),
            models.UniqueConstraint(
                fields=["bucket", "branch", "name"],
                condition=Q(branch__isnull=False),
                name="branch_table_name_unique",
            ),
        )

    #: The linked bucket through which the catalog found this table; None when it was found where it lies.
    via_link: Bucket | None = None

    def __str__(self) -> str:
        return f"{self.bucket.name}.{self.name}"

    @property
    def lock_key(self) -> str:
        """The name of the table's write lock; row ids are never used twice, so it cannot mean another table."""
        return f"table-{self.pk}"

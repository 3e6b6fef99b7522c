"""Views: a name in a bucket under which a part of a table is read, as it is at the moment of reading."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from storage.engine.specs import ColumnFilter, ViewShape


class TableView(models.Model):
    """`branch` null is the default branch's, which dev branches read as well: over their own version of the source.

    The source, a table or another view, is named, not referred to: the view shows it again when it is made anew.
    """

    bucket = models.ForeignKey("storage.Bucket", on_delete=models.CASCADE, related_name="views")
    branch = models.ForeignKey("storage.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="views")
    name = models.CharField(max_length=96)
    source_project_id = models.CharField(max_length=64, editable=False)
    #: The one dev branch whose table it shows; null: that of whoever reads.
    source_branch_id = models.CharField(max_length=32, null=True, editable=False)
    source_bucket_name = models.CharField(max_length=96, editable=False)
    source_table_name = models.CharField(max_length=96, editable=False)
    #: Pairs (column of the source, name in the view); none are all.
    columns = models.JSONField(default=list, editable=False)
    #: What rows have to meet, as `ColumnFilter` has it.
    conditions = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("bucket", "name")
        constraints = (
            models.UniqueConstraint(fields=["bucket", "name"], condition=Q(branch=None), name="view_name_unique"),
            models.UniqueConstraint(
                fields=["bucket", "branch", "name"],
                condition=Q(branch__isnull=False),
                name="branch_view_name_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.bucket.name}.{self.name}"

    @property
    def shape(self) -> ViewShape:
        """What it shows of its source."""
        filters = (ColumnFilter(**(one | {"values": tuple(one["values"])})) for one in self.conditions)
        columns = ((source, name) for source, name in self.columns)
        return ViewShape(self.name, tuple(columns), tuple(filters))

"""Buckets: named groups of tables, seen by all branches of a project; or links to buckets of other projects."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Bucket(models.Model):
    """With `source_project_id` it is a link: it has no tables of its own and shows those of the source.

    The source is named, not referred to: a link outlives its source and finds it again when it is made anew.
    """

    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="buckets")
    name = models.CharField(max_length=96)
    description = models.TextField(null=True, blank=True)
    source_project_id = models.CharField(max_length=64, null=True, blank=True, editable=False)
    source_bucket_name = models.CharField(max_length=96, null=True, blank=True, editable=False)
    #: The id that a Keboola Connection host gave it, of which `name` is the spelling without dots; null: no host did.
    host_id = models.CharField(max_length=255, null=True, editable=False)
    #: Whoever comes with the handle of its share may link it: the host chooses the projects. Beside `shares`.
    is_openly_shared = models.BooleanField(default=False, editable=False)
    #: Of a link: a host registered it as an external bucket, and takes that back by itself.
    is_external = models.BooleanField(default=False, editable=False)
    snapshot_settings = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("project", "name")
        constraints = (models.UniqueConstraint(fields=["project", "name"], name="bucket_name_unique"),)
        indexes = (models.Index(fields=["source_project_id", "source_bucket_name"], name="bucket_links"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_linked(self) -> bool:
        return self.source_project_id is not None

"""Projects: the tenants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Self

from django.db import models
from django.utils import timezone

#: The table backends of the projects that this process has loaded or made: a project's never changes, and whoever
#: makes an id anew loads or saves it first.
_backends: dict[str, str] = {}


def seen_backend(project_id: str) -> str | None:
    """The backend of a project that was loaded before; no query."""
    return _backends.get(project_id)


class Project(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    name = models.TextField(null=True, blank=True)
    settings = models.JSONField(null=True, blank=True)
    #: What this level overrides of the snapshot settings, as the contract spells them; null: nothing.
    snapshot_settings = models.JSONField(null=True, blank=True)
    #: The name of the table backend that holds its tables; chosen when it is made, for good.
    backend = models.CharField(max_length=32, default="file", editable=False)
    #: IANA name of the time zone that workspace sessions begin with; null: that of the server.
    time_zone = models.CharField(max_length=64, null=True, editable=False)
    status = models.CharField(max_length=16, default="active", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["-created_at", "-id"], name="project_newest"),)
        permissions = (("see_every_project", "Can see every project, member or not"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Sequence[Any]) -> Self:
        project = super().from_db(db, field_names, values)
        project._remember_backend()
        return project

    def save(self, *args: Any, **options: Any) -> None:
        super().save(*args, **options)
        self._remember_backend()

    def _remember_backend(self) -> None:
        if "backend" in self.__dict__:
            _backends[self.pk] = self.backend

    @property
    def directory_name(self) -> str:
        """The wire's `db_path`: a name relative to the DuckDB root, never a host path."""
        return f"project_{self.id}"


class DroppedProject(models.Model):
    """The id of a project that was deleted: a Keboola Connection host may drop it again, and not make it anew."""

    id = models.CharField(primary_key=True, max_length=64)
    dropped_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.id

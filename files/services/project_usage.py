"""Look at what a project stores as files and objects, against its limits."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, Sum

from files.models import File, FileState
from files.services.objects.check_object_quota import object_bytes
from kbstore.access import Actor, Need


@dataclass(frozen=True)
class ProjectUsage:
    """Numbers of registered files, and bytes; `staged_bytes` wait for registration and have a limit of their own."""

    files: int
    file_bytes: int
    object_bytes: int
    staged_files: int
    staged_bytes: int
    max_files: int
    max_bytes: int

    @property
    def stored_bytes(self) -> int:
        """What counts against `max_bytes`."""
        return self.file_bytes + self.object_bytes


def project_usage(*, actor: Actor, project_id: str) -> ProjectUsage:
    """Counted now, in three queries. A project that does not exist stores nothing."""
    actor.require(Need.PROJECT_READ, project_id=project_id)
    is_registered = Q(state=FileState.REGISTERED)
    counts = File.objects.filter(project_id=project_id).order_by()
    found = counts.aggregate(
        files=Count("pk", filter=is_registered),
        file_bytes=Sum("size_bytes", filter=is_registered),
        staged_files=Count("pk", filter=~is_registered),
        staged_bytes=Sum("size_bytes", filter=~is_registered),
    )
    return ProjectUsage(
        **{name: number or 0 for name, number in found.items()},
        object_bytes=object_bytes(project_id),
        max_files=settings.MAX_PROJECT_FILES,
        max_bytes=settings.MAX_PROJECT_BYTES,
    )

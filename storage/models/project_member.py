"""Which people of the console work in which projects."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class ProjectMember(models.Model):
    """What they may do there is said by the groups of the user; operators see all projects without this."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="project_memberships")
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="members")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("project", "user")
        constraints = (models.UniqueConstraint(fields=["project", "user"], name="project_member_unique"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.project_id}"

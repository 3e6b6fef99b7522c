"""The time zone that a session of a workspace begins with."""

from __future__ import annotations

from storage.models import Project
from workspaces.models import Workspace

USUAL_TIME_ZONE = "UTC"


def time_zone_of(workspace: Workspace) -> str:
    """That of the project, where one is set. Reads the catalog."""
    found = Project.objects.filter(pk=workspace.project_id).values_list("time_zone", flat=True).first()
    return found or USUAL_TIME_ZONE

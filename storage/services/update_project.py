"""Change a project's name or settings."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.models import Project


@operation("update_project", resource_type="project", need=Need.MANAGE)
def update_project(
    *, actor: Actor, project_id: str, name: str | None = None, project_settings: dict[str, Any] | None = None
) -> Project:
    """The project with what is not None replaced; settings are replaced as a whole."""
    with transaction.atomic():
        project = catalog.find_project(project_id, code="not_found")
        changes = {"name": name, "settings": project_settings}
        changes = {field: value for field, value in changes.items() if value is not None}
        if changes:
            for field, value in changes.items():
                setattr(project, field, value)
            project.updated_at = timezone.now()
            project.save(update_fields=[*changes, "updated_at"])
            record_success(project_id, name=project.name)
    return project

"""The one question that files ask about projects; storage lies above, so its model is asked for by name."""

from __future__ import annotations

from django.apps import apps

from files.errors import ProjectNotFound


def require_project(project_id: str) -> None:
    """Raise ProjectNotFound unless it exists."""
    if not apps.get_model("storage", "Project").objects.filter(pk=project_id).exists():
        raise ProjectNotFound(project_id)

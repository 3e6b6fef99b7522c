"""Look at projects, with their numbers."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import ProjectNotFound
from storage.models import Project


def get_project(*, actor: Actor, project_id: str) -> Project:
    """The project with `bucket_count`, `table_count` and `size_bytes`. Raises ProjectNotFound `not_found`."""
    actor.require(Need.PROJECT_READ, project_id=project_id)
    project = catalog.projects_with_numbers().filter(pk=project_id).first()
    if project is None:
        raise ProjectNotFound(project_id, code="not_found")
    return project


def list_projects(*, actor: Actor, status: str | None, limit: int, offset: int) -> tuple[list[Project], int]:
    """One page, newest first, and how many there are in all."""
    actor.require(Need.ADMIN)
    projects = catalog.projects_with_numbers()
    total = Project.objects.all()
    if status:
        projects, total = projects.filter(status=status), total.filter(status=status)
    return list(projects[offset : offset + limit]), total.count()


def project_stats(*, actor: Actor, project_id: str) -> Project:
    """The project's numbers. Raises ProjectNotFound `not_found`, ProjectDatabaseNotFound `db_not_found`."""
    actor.require(Need.MANAGE, project_id=project_id)
    project = get_project(actor=actor, project_id=project_id)
    catalog.require_directory(project, code="db_not_found")
    return project

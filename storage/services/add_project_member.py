"""Let somebody of the console work in a project."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import ProjectMemberExists, UserNotFound
from storage.models import ProjectMember


@operation("add_project_member", resource_type="project_member", need=Need.ADMIN)
def add_project_member(*, actor: Actor, project_id: str, username: str) -> ProjectMember:
    """The new membership; what they may do in the project is said by their groups.

    Raises ProjectNotFound `not_found`, UserNotFound, ProjectMemberExists.
    """
    with transaction.atomic():
        project = catalog.find_project(project_id, code="not_found")
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise UserNotFound(username)
        member, is_new = ProjectMember.objects.get_or_create(project=project, user=user)
        if not is_new:
            raise ProjectMemberExists(project_id, username)
        record_success(username)
    return member

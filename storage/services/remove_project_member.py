"""Let somebody of the console work in a project no longer."""

from __future__ import annotations

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import ProjectMemberNotFound
from storage.models import ProjectMember


@operation("remove_project_member", resource_type="project_member", need=Need.ADMIN)
def remove_project_member(*, actor: Actor, project_id: str, username: str) -> None:
    """From their next request on they do not see the project; what they made there stays.

    Raises ProjectMemberNotFound.
    """
    members = ProjectMember.objects.filter(project=project_id, user__username=username)
    with transaction.atomic():
        removed, _ = members.delete()
        if not removed:
            raise ProjectMemberNotFound(project_id, username)
        record_success(username)

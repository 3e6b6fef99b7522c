"""CreateProject, UpdateProject and DropProject."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter, UnsupportedCommand
from storage.driver.generated.project_pb2 import (
    CreateProjectCommand,
    CreateProjectResponse,
    DropProjectCommand,
    UpdateProjectCommand,
)
from storage.driver.names import project_user, required
from storage.driver.registry import Access, handles
from storage.errors import ProjectNotFound
from storage.services.create_project import create_project
from storage.services.delete_project import delete_project, was_deleted
from storage.services.set_time_zone import set_time_zone
from storage.services.snapshot_config import RETENTION, SYSTEM_DEFAULTS

_READ_ONLY_ROLES = "input-mapping-read-only-storage"
_TIME_ZONES = "project-timezone"


@handles(CreateProjectCommand, access=Access.ADMIN)
def create(call: Call, command: CreateProjectCommand) -> CreateProjectResponse:
    """The project and its first key, which is told here only. An id that was dropped is never given again."""
    project_id = required(command.projectId, "projectId")
    project, key = create_project(
        actor=call.actor,
        project_id=project_id,
        name=f"Project {project_id}",
        project_settings=None,
        snapshot_settings=_retention(command.dataRetentionTime),
        may_reuse_id=False,
    )
    call.log.inform(f"Created project {project_id}", project=project_id)
    response = CreateProjectResponse(
        projectUserName=project_user(project_id), projectPassword=key, projectDatabaseName=project.pk
    )
    if _READ_ONLY_ROLES in call.features:
        stem = f"{command.stackPrefix}_{project_id}" if command.stackPrefix else project_id
        response.projectRoleName = f"{stem}_ROLE".upper()
        response.projectReadOnlyRoleName = f"{stem}_RO".upper()
    return response


@handles(UpdateProjectCommand, access=Access.ADMIN)
def update(call: Call, command: UpdateProjectCommand) -> None:
    """The time zone that workspace sessions begin with; where it is switched off there is no such command."""
    if not settings.DRIVER_UPDATE_PROJECT and _TIME_ZONES not in call.features:
        raise UnsupportedCommand(call.name)
    project_id = required(command.projectId, "projectId")
    set_time_zone(actor=call.actor, project_id=project_id, time_zone=required(command.timezone, "timezone"))
    call.log.inform(f"Time zone of project {project_id} is {command.timezone}", project=project_id)


@handles(DropProjectCommand, access=Access.ADMIN, is_long=True)
def drop(call: Call, command: DropProjectCommand) -> None:
    """The project is gone afterwards with all that is in it; again succeeds."""
    project_id = command.projectDatabaseName or _project_of(command.projectUserName)
    if not project_id:
        raise InvalidParameter("projectDatabaseName (project_id) is required")
    try:
        delete_project(actor=call.actor, project_id=project_id)
    except ProjectNotFound:
        if not was_deleted(actor=call.actor, project_id=project_id):
            raise
        call.log.warn(f"Project {project_id} was dropped before", project=project_id)
    call.log.inform(f"Project {project_id} is gone", project=project_id)


def _project_of(user: str) -> str:
    prefix = project_user("")
    return user.removeprefix(prefix) if user.startswith(prefix) else ""


def _retention(days: int) -> dict[str, Any] | None:
    """Snapshot settings under which nothing is forgotten earlier; a user's own snapshots never go sooner than else."""
    if not days:
        return None
    usual = SYSTEM_DEFAULTS[f"{RETENTION}.manual_days"]
    return {RETENTION: {"auto_days": days, "manual_days": max(days, usual)}}

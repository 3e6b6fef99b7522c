"""Find one registered file."""

from __future__ import annotations

from files.errors import FileContentNotFound, FileNotFound
from files.models import File, FileState
from files.services.content import content_exists
from files.services.projects import require_project
from kbstore.access import Actor, Need


def get_file(*, actor: Actor, project_id: str, file_id: str) -> File:
    """The record, whether or not its content is there. Raises ProjectNotFound, FileNotFound."""
    actor.require(Need.FILES_READ, project_id=project_id)
    require_project(project_id)
    return find_record(project_id=project_id, file_id=file_id)


def find_record(*, project_id: str, file_id: str) -> File:
    file = File.objects.filter(pk=file_id, project_id=project_id, state=FileState.REGISTERED).first()
    if file is None:
        raise FileNotFound(project_id, file_id)
    return file


def find_file(*, project_id: str, file_id: str) -> File:
    """The record of a file whose content is there. Raises FileNotFound, FileContentNotFound."""
    file = find_record(project_id=project_id, file_id=file_id)
    if not content_exists(file.path):
        raise FileContentNotFound(file_id)
    return file

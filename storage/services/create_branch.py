"""Create a dev branch: a row and an empty directory; nothing is copied."""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.db import IntegrityError, transaction

from kbstore import faults
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BranchNameExists, InvalidBranchName
from storage.models import Branch, Project
from storage.names import DEFAULT_BRANCH
from storage.runtime import engine
from storage.services.named_faults import named_faults
from storage.services.structure_lock import branch_structure_locked

MAX_STRICT_CHARACTERS = 255
MAX_HOST_ID_BYTES = 255
_HOST_ID = re.compile(r"[^\s/\\\"'`\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@operation("create_branch", resource_type="branch", need=Need.MANAGE)
def create_branch(
    *,
    actor: Actor,
    project_id: str,
    name: str | None,
    description: str | None = None,
    host_id: str | None = None,
) -> Branch:
    """The new branch, with its numbers, in the same time however many tables the project has.

    `host_id` is what a host calls it, unique in its project. Without a `name` it is called after its id. Raises
    ProjectNotFound, InvalidBranchName, BranchNameExists, also for a `host_id` that is taken.
    """
    catalog.require_directory(catalog.find_project(project_id))
    branch_id = _free_id(project_id)
    name = checked_name(f"Branch {_checked_host_id(host_id) or branch_id}" if name is None else name)
    try:
        with (
            named_faults("create branch", code="create_failed", project_id=project_id),
            branch_structure_locked(project_id, branch_id),
            transaction.atomic(),
        ):
            project = catalog.find_project(project_id)
            fields = {"name": name, "description": description, "created_by": actor.label, "host_id": host_id}
            branch = Branch.objects.create(id=branch_id, project=project, **fields)
            record_success(branch_id, name=name, description=description)
            engine().make_project(project_id, branch_id)
            faults.reach("branch.made")
    except IntegrityError as error:
        raise BranchNameExists(project_id, name) from error
    branch.table_count = branch.size_bytes = 0
    return branch


def _checked_host_id(host_id: str | None) -> str | None:
    """The id. Raises InvalidBranchName for one that cannot be part of a path."""
    if host_id is None:
        return None
    reason = None
    if host_id == DEFAULT_BRANCH:
        reason = f"'{DEFAULT_BRANCH}' means the main branch."
    elif len(host_id.encode()) > MAX_HOST_ID_BYTES:
        reason = f"use at most {MAX_HOST_ID_BYTES} bytes."
    elif not _HOST_ID.fullmatch(host_id) or ".." in host_id:
        reason = "use no blanks, slashes, quotes, control characters or double dots."
    if reason is not None:
        raise InvalidBranchName(host_id[:200], reason)
    return host_id


def checked_name(name: str) -> str:
    """Any name as it is, up to a limit; where names are strict, trimmed. Raises InvalidBranchName."""
    if len(name.encode()) > settings.MAX_BRANCH_NAME_BYTES:
        raise InvalidBranchName(name[:200], f"use at most {settings.MAX_BRANCH_NAME_BYTES} bytes.")
    if not settings.STRICT_BRANCH_NAMES:
        return name
    trimmed = name.strip()
    if not trimmed or len(trimmed) > MAX_STRICT_CHARACTERS:
        raise InvalidBranchName(name, f"use 1 to {MAX_STRICT_CHARACTERS} characters that are not all blank.")
    if trimmed == DEFAULT_BRANCH:
        raise InvalidBranchName(name, f"'{DEFAULT_BRANCH}' means the main branch.")
    return trimmed


def _free_id(project_id: str) -> str:
    """8 hexadecimal digits: of no branch, and such that no project has the directory that the branch will have."""
    while True:
        branch_id = secrets.token_hex(4)
        namesake = f"{project_id}_branch_{branch_id}"
        if engine().has_project(project_id, branch_id):
            continue
        if not (Branch.objects.filter(pk=branch_id).exists() or Project.objects.filter(pk=namesake).exists()):
            return branch_id

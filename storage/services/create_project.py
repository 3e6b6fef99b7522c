"""Create a project: its row, its directory and its first key, all or nothing."""

from __future__ import annotations

import os
import uuid
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import ProjectExists
from storage.keys import generate_key
from storage.models import ApiKey, Branch, DroppedProject, KeyScope, Project
from storage.names import check_project_id
from storage.runtime import engine
from storage.services.authenticate import hash_key
from storage.services.named_faults import named_faults
from storage.services.snapshot_config import RETENTION
from storage.services.structure_lock import structure_locked
from storage.services.update_snapshot_settings import check_retention


@operation("create_project", resource_type="project", need=Need.ADMIN)
def create_project(
    *,
    actor: Actor,
    project_id: str,
    name: str | None,
    project_settings: dict[str, Any] | None,
    backend: str | None = None,
    snapshot_settings: dict[str, Any] | None = None,
    may_reuse_id: bool = True,
) -> tuple[Project, str]:
    """The new project and the secret of its first key, which is stored nowhere.

    `backend` names the table backend that holds its tables for good, by default that of the setting. Unless
    `may_reuse_id`, the id of a project that was deleted is taken for ever. Raises InvalidName, UnknownBackend,
    InvalidSnapshotConfig, ProjectExists.
    """
    check_retention((snapshot_settings or {}).get(RETENTION, {}))
    check_project_id(project_id)
    backend = engine().declared(backend or settings.DEFAULT_TABLE_BACKEND).name
    now = timezone.now()
    project = Project(
        pk=project_id,
        name=name,
        settings=project_settings,
        snapshot_settings=snapshot_settings,
        backend=backend,
        created_at=now,
        updated_at=now,
    )
    key = generate_key(project_id=project_id)
    try:
        with _faults(project_id), structure_locked(project_id), transaction.atomic():
            _require_unused(project)
            _forget_dropped(project_id, may_reuse_id=may_reuse_id)
            project.save(force_insert=True)
            ApiKey.objects.create(
                id=str(uuid.uuid4()),
                project=project,
                key_hash=hash_key(key.secret),
                key_prefix=key.prefix,
                scope=KeyScope.PROJECT_ADMIN,
                description="Project admin key (created with project)",
            )
            record_success(project_id, name=name, db_path=project.directory_name)
            engine().make_project(project_id)
    except IntegrityError as error:
        raise ProjectExists(project_id, "active") from error
    return project, key.secret


def _faults(project_id: str) -> AbstractContextManager[None]:
    return named_faults("create project", code="create_failed", project_id=project_id)


def _forget_dropped(project_id: str, *, may_reuse_id: bool) -> None:
    """Raises ProjectExists for the id of a deleted project that may not come back."""
    dropped = DroppedProject.objects.filter(pk=project_id)
    if not may_reuse_id and dropped.exists():
        raise ProjectExists(project_id, "deleted")
    dropped.delete()


def _require_unused(project: Project) -> None:
    """Neither the id nor its directory may be taken; an empty directory is what a crash between the two left."""
    existing = Project.objects.filter(pk=project.pk).first()
    if existing is not None:
        raise ProjectExists(project.pk, existing.status)
    directory = settings.DUCKDB_DIR / project.directory_name
    if _is_a_branch(project.pk) or (directory.is_dir() and any(os.scandir(directory))):
        raise ProjectExists(project.pk, "leftover")


def _is_a_branch(project_id: str) -> bool:
    """Whether a dev branch of another project has the directory that this project would get."""
    parts = project_id.split("_branch_")
    splits = (("_branch_".join(parts[:at]), "_branch_".join(parts[at:])) for at in range(1, len(parts)))
    return any(Branch.objects.filter(project=owner, pk=branch).exists() for owner, branch in splits)

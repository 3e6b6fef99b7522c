"""Free the disk of workspaces that expired long ago, and of files that belong to no workspace."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings
from django.utils import timezone

from storage.engine.layout import VERSION_SUFFIX, WORKSPACES_DIR_NAME
from storage.engine.workspace_file import remove_workspace_file
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services.open_workspace import close_workspace
from workspaces.services.workspace_place import path_of, remove_file

#: A file is made before its row: one that is younger may still get it.
_ORPHAN_SECONDS = 3600.0

log = structlog.get_logger(__name__)


def purge_workspaces() -> int:
    """Remove what nobody can use any more; how many files. Rows of expired workspaces stay, with status `error`."""
    return _remove_expired() + sum(_remove_orphan(path) for path in orphan_files())


def _remove_expired() -> int:
    before = timezone.now() - datetime.timedelta(hours=settings.WORKSPACE_GRACE_HOURS)
    removed = 0
    for workspace in Workspace.objects.filter(expires_at__lte=before):
        if path_of(workspace).exists():
            # Marked first: should this process die, nobody takes the workspace for a good one.
            Workspace.objects.filter(pk=workspace.pk).update(status=WorkspaceStatus.ERROR)
            close_workspace(workspace.pk)
            remove_file(workspace)
            removed += 1
            log.info("expired workspace removed", workspace_id=workspace.pk)
    return removed


def orphan_files() -> Iterator[Path]:
    """Files of workspaces without a row, made long enough ago."""
    files = list(settings.DUCKDB_DIR.glob(f"project_*/{WORKSPACES_DIR_NAME}/*{VERSION_SUFFIX}"))
    known = {path_of(workspace) for workspace in Workspace.objects.only("pk", "project", "branch").iterator()}
    for path in files:
        if path not in known and _age_seconds(path) >= _ORPHAN_SECONDS:
            yield path


def _remove_orphan(path: Path) -> int:
    if Workspace.objects.filter(pk=path.stem).exists():
        return 0
    remove_workspace_file(path)
    log.info("file without a workspace removed", file=path.name)
    return 1


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_ctime
    except FileNotFoundError:
        return 0.0

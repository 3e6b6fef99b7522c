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
from storage.engine.ownership import is_owned
from storage.engine.workspace_file import remove_workspace_file
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services.open_workspace import close_workspace
from workspaces.services.workspace_place import path_of, remove_file

#: A file is made before its row: one that is younger may still get it.
_ORPHAN_SECONDS = 3600.0

log = structlog.get_logger(__name__)


def purge_workspaces() -> int:
    """Remove what nobody can use any more; how many files. Rows of expired workspaces stay, with status `error`."""
    return _remove_expired() + sum(remove_orphan(path) for path in orphan_files(_ORPHAN_SECONDS))


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


def orphan_files(older_than_seconds: float) -> Iterator[Path]:
    """Files of workspaces without a row, and half-made ones whose process is gone, if they are that old."""
    # Listed before the rows are read: what is made in between has its row then, or is young.
    files = list(settings.DUCKDB_DIR.glob(f"project_*/{WORKSPACES_DIR_NAME}/*"))
    known = {path_of(workspace) for workspace in Workspace.objects.only("pk", "project", "branch").iterator()}
    for path in files:
        if _age_seconds(path) < older_than_seconds:
            continue
        if path.name.startswith("."):
            if not is_owned(settings.LOCKS_DIR, path.name[1:]):
                yield path
        elif path.suffix == VERSION_SUFFIX and path not in known:
            yield path


def remove_orphan(path: Path) -> int:
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

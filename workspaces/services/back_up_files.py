"""Workspace files in a backup: a copy of each as of one moment, also of those that are in use."""

from __future__ import annotations

import structlog

from storage.backup.hold import Hold
from storage.backup.manifest import WORKSPACES
from storage.backup.parts import Part
from storage.engine.workspace_errors import WorkspaceDamaged, WorkspaceMissing
from storage.engine.workspace_snapshot import WorkspaceRestless, copy_workspace_file
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services.workspace_place import path_of

log = structlog.get_logger(__name__)


def back_up_files(held: Hold) -> Part:
    """Copies of all workspaces; what cannot be copied is named as missing and its row will say `error`."""
    part = Part()
    for workspace in Workspace.objects.exclude(status=WorkspaceStatus.ERROR).order_by("pk"):
        source = path_of(workspace)
        name = f"{WORKSPACES}/{source.parent.parent.name}/{source.parent.name}/{source.name}"
        target = held.new_file(f"{len(part.files)}-{source.name}")
        try:
            copy_workspace_file(source, target)
        except (WorkspaceMissing, WorkspaceDamaged, WorkspaceRestless) as error:
            if Workspace.objects.filter(pk=workspace.pk).exists():
                log.warning("workspace not backed up", workspace_id=workspace.pk, reason=type(error).__name__)
                part.missing.append(name)
            continue
        part.files[name] = target
    return part

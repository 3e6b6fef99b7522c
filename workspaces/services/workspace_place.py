"""Where the file of a workspace lies, and how big it is."""

from __future__ import annotations

from pathlib import Path

from storage.engine.layout import Layout
from storage.engine.workspace_file import make_workspace_file, remove_workspace_file
from storage.runtime import engine_config
from workspaces.models import Workspace


def path_of(workspace: Workspace) -> Path:
    return _layout().workspace_path(workspace.project_id, workspace.branch_id, workspace.pk)


def size_of(workspace: Workspace) -> int:
    """Bytes of the file on the disk, 0 if it is missing."""
    try:
        return path_of(workspace).stat().st_size
    except FileNotFoundError:
        return 0


def make_file(workspace: Workspace) -> None:
    make_workspace_file(engine_config(), path_of(workspace), workspace_id=workspace.pk)


def remove_file(workspace: Workspace) -> None:
    remove_workspace_file(path_of(workspace))


def _layout() -> Layout:
    return Layout(engine_config())

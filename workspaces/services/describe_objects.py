"""What is in a workspace, for whoever has found it already."""

from __future__ import annotations

from storage.engine.workspace_description import DescribedObject, describe_object, list_kinds
from workspaces.models import Workspace
from workspaces.services.get_workspace import COUNT_SECONDS
from workspaces.services.open_workspace import opened


def list_object_kinds(workspace: Workspace) -> list[tuple[str, str]]:
    """Its tables and views by name, each with `table` or `view`. Raises WorkspaceMissing, WorkspaceDamaged."""
    with opened(workspace) as instance:
        return list_kinds(instance)


def described_object(workspace: Workspace, name: str) -> DescribedObject | None:
    """Its table or view of this name, None if there is none. Raises as `list_object_kinds` does."""
    with opened(workspace) as instance:
        return describe_object(instance, name, patience_seconds=COUNT_SECONDS)

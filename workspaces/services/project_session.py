"""A place for SQL over a project without a workspace: in memory, read-only, shared by the queries of one branch."""

from __future__ import annotations

from storage import catalog
from workspaces.models import Workspace

#: No workspace has it in its id.
_MARK = "/"


def project_place(project_id: str, branch_id: str) -> Workspace:
    """What stands for a workspace in sessions over the project. It is no row: never save it.

    Run nothing in it but transactions that only read: all who query the branch have it in common.
    """
    branch = None if catalog.is_default(branch_id) else branch_id
    place = Workspace(
        id=f"{project_id}{_MARK}{branch or ''}",
        project_id=project_id,
        branch_id=branch,
        size_limit_bytes=0,
    )
    place.is_transient = True
    return place


def is_transient_id(workspace_id: str) -> bool:
    """Whether it is that of such a place."""
    return _MARK in workspace_id

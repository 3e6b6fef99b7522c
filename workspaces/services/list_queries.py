"""Look at the statements that were run in a workspace."""

from __future__ import annotations

from kbstore.access import Actor, Need
from workspaces.models import LoggedQuery
from workspaces.services.find_workspace import find_workspace


def list_queries(
    *,
    actor: Actor,
    project_id: str,
    workspace_id: str,
    branch_id: str | None = None,
    status: str = "",
    kind: str = "",
    min_duration_ms: float = 0,
    limit: int,
    offset: int,
) -> tuple[list[LoggedQuery], int]:
    """One page, newest first, and how many there are; also of an expired workspace. Empty filters mean all.

    Raises Forbidden, ProjectNotFound, BranchNotFound, WorkspaceNotFound.
    """
    workspace = find_workspace(
        actor=actor,
        need=Need.READ,
        project_id=project_id,
        workspace_id=workspace_id,
        branch_id=branch_id,
        may_be_expired=True,
    )
    queries = LoggedQuery.objects.filter(workspace=workspace).order_by("-id")
    if status:
        queries = queries.filter(status=status)
    if kind:
        queries = queries.filter(kind=kind)
    if min_duration_ms:
        queries = queries.filter(duration_ms__gte=min_duration_ms)
    return list(queries[offset : offset + limit]), queries.count()

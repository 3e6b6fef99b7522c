"""Find workspaces and logins by what a driving host calls them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kbstore.access import Actor, Need, Role
from kbstore.errors import Forbidden
from workspaces.errors import AmbiguousWorkspace, LoginNotFound, WorkspaceNotFound
from workspaces.models import Credential, ExtraLogin, Workspace, WorkspaceLogin
from workspaces.services.find_workspace import branch_of, require_somewhere


def find_host_workspace(*, actor: Actor, need: Need, project_id: str | None, name: str) -> Workspace:
    """The workspace of the project with this id of the host's or of ours, also an expired one.

    Only the admin may name no project. Raises Forbidden, WorkspaceNotFound, AmbiguousWorkspace where several projects
    have one.
    """
    _require(actor, need, project_id)
    found = list(_of(project_id).filter(Q(host_id=name) | Q(pk=name)).select_related("credential")[:2])
    if not found:
        raise WorkspaceNotFound(project_id or "any project", name[:200])
    if len(found) > 1:
        raise AmbiguousWorkspace(name)
    workspace = found[0]
    actor.require(need, project_id=workspace.project_id, branch_id=branch_of(workspace))
    return workspace


def find_login(*, actor: Actor, need: Need, project_id: str | None, username: str) -> tuple[Workspace, WorkspaceLogin]:
    """The login to a workspace of the project. Raises Forbidden, LoginNotFound."""
    _require(actor, need, project_id)
    kinds: tuple[type[Credential | ExtraLogin], ...] = (Credential, ExtraLogin)
    for kind in kinds:
        for login in kind.objects.filter(username=username, workspace__in=_of(project_id)).select_related("workspace"):
            workspace: Workspace = login.workspace
            actor.require(need, project_id=workspace.project_id, branch_id=branch_of(workspace))
            return workspace, login
    raise LoginNotFound(username)


def find_load_destination(
    *, actor: Actor, project_id: str, name: str, owner_project_id: str | None = None
) -> Workspace:
    """Where the project may load tables to: a workspace of its own, else one that its owner has granted to it.

    `owner_project_id` is that of the workspace where the caller says so. Of several that were granted the earliest
    counts. Raises Forbidden, WorkspaceNotFound.
    """
    try:
        owner = owner_project_id or project_id
        if owner == project_id:
            return find_host_workspace(actor=actor, need=Need.WRITE, project_id=project_id, name=name)
    except WorkspaceNotFound:
        if owner_project_id is not None:
            raise
    actor.require(Need.WRITE, project_id=project_id, branch_id=actor.branch_id or "default")
    granted = Workspace.objects.filter(Q(host_id=name) | Q(pk=name), grants__project=project_id)
    if owner_project_id is not None:
        granted = granted.filter(project=owner_project_id)
    workspace = granted.order_by("grants__created_at", "grants__pk").first()
    if workspace is None:
        raise WorkspaceNotFound(project_id, name[:200])
    return workspace


def _require(actor: Actor, need: Need, project_id: str | None) -> None:
    if project_id is not None:
        require_somewhere(actor, need, project_id)
    elif actor.role is not Role.ADMIN:
        raise Forbidden("Name the project in the credentials")


def _of(project_id: str | None) -> QuerySet[Workspace]:
    return Workspace.objects.all() if project_id is None else Workspace.objects.filter(project=project_id)

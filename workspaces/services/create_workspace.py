"""Create a workspace: a file, a row and a password that is shown once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from kbstore import faults
from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.monitor import Monitor
from storage.engine.time_limit import time_limit
from storage.models import Branch, Project
from storage.names import DEFAULT_BRANCH, check_workspace_id
from storage.services.named_faults import named_faults
from storage.services.structure_lock import branch_structure_locked, structure_locked
from workspaces.errors import WorkspaceExists
from workspaces.models import Credential, Workspace
from workspaces.services.credentials import new_password, new_username, new_workspace_id
from workspaces.services.describe_workspace import GIB
from workspaces.services.load_tables import Loaded, load_tables
from workspaces.services.verifier import sealed_verifier
from workspaces.services.workspace_place import make_file, path_of, remove_file


@dataclass(frozen=True)
class WorkspaceOrder:
    """What is asked for: without `ttl_hours` it never expires; `preload` names tables as `bucket.table`.

    `host_id` is the id by which a driving host will call it, `host_facts` what the host wants kept with it.
    """

    name: str
    ttl_hours: int | None = None
    size_limit_gb: int = 10
    preload: Sequence[str] = ()
    host_id: str | None = None
    host_facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class NewWorkspace:
    workspace: Workspace
    password: str = field(repr=False)
    preloaded: list[Loaded] = field(default_factory=list)


def create_workspace(
    *, actor: Actor, project_id: str, order: WorkspaceOrder, branch_id: str | None = None
) -> NewWorkspace:
    """A workspace on main, or, with a `branch_id`, on that branch; with what could be preloaded, which never fails it.

    The password cannot be seen again. Raises ProjectNotFound, BranchNotFound (also for `default`), InvalidName and
    WorkspaceExists for the host's id.
    """
    if order.host_id is not None:
        check_workspace_id(order.host_id)
    if branch_id is None:
        made = _create(actor=actor, project_id=project_id, order=order)
    else:
        made = _create_on_branch(actor=actor, project_id=project_id, branch_id=branch_id, order=order)
    return NewWorkspace(made.workspace, made.password, _preload(made.workspace, order.preload))


@operation("create_workspace", resource_type="workspace", need=Need.MANAGE)
def _create(*, actor: Actor, project_id: str, order: WorkspaceOrder) -> NewWorkspace:
    catalog.find_place(project_id=project_id, branch_id=DEFAULT_BRANCH)
    with named_faults("create workspace", code="create_failed", project_id=project_id), structure_locked(project_id):
        project, _ = catalog.find_place(project_id=project_id, branch_id=DEFAULT_BRANCH)
        return _make(actor, project, None, order, {})


@operation("create_branch_workspace", resource_type="workspace", need=Need.WRITE)
def _create_on_branch(*, actor: Actor, project_id: str, branch_id: str, order: WorkspaceOrder) -> NewWorkspace:
    catalog.find_dev_branch(project_id, branch_id)
    place = {"project_id": project_id, "branch_id": branch_id}
    with (
        named_faults("create workspace", code="create_failed", **place),
        branch_structure_locked(project_id, branch_id),
    ):
        branch = catalog.find_dev_branch(project_id, branch_id)
        return _make(actor, branch.project, branch, order, {"branch_id": branch_id})


def _make(
    actor: Actor, project: Project, branch: Branch | None, order: WorkspaceOrder, details: dict[str, Any]
) -> NewWorkspace:
    """The file first: a row without one would be a workspace that cannot be opened."""
    now = timezone.now()
    _require_free(project, order.host_id)
    workspace = Workspace(
        id=_free_id(project, branch),
        project=project,
        branch=branch,
        name=order.name,
        created_at=now,
        created_by=actor.label,
        expires_at=None if order.ttl_hours is None else now + datetime.timedelta(hours=order.ttl_hours),
        size_limit_bytes=order.size_limit_gb * GIB,
        host_id=order.host_id,
        host_facts=order.host_facts,
    )
    password = new_password()
    make_file(workspace)
    faults.reach("workspace.made")
    try:
        with transaction.atomic():
            workspace.save(force_insert=True)
            workspace.credential = Credential.objects.create(
                workspace=workspace,
                username=new_username(workspace.handle),
                verifier=sealed_verifier(workspace.pk, password),
            )
            expires_at = workspace.expires_at and workspace.expires_at.isoformat()
            record_success(workspace.pk, name=order.name, **details, ttl_hours=order.ttl_hours, expires_at=expires_at)
    except BaseException as error:
        remove_file(workspace)
        if isinstance(error, IntegrityError):
            # On another branch somebody else was faster with this id.
            _require_free(project, order.host_id)
        raise
    return NewWorkspace(workspace, password)


def _require_free(project: Project, host_id: str | None) -> None:
    """Also an id that is a workspace's own: hosts find workspaces by either."""
    if host_id is None:
        return
    if Workspace.objects.filter(Q(host_id=host_id) | Q(pk=host_id), project=project).exists():
        raise WorkspaceExists(project.pk, host_id)


def _free_id(project: Project, branch: Branch | None) -> str:
    while True:
        workspace = Workspace(id=new_workspace_id(), project=project, branch=branch)
        if not Workspace.objects.filter(pk=workspace.pk).exists() and not path_of(workspace).exists():
            return workspace.pk


def _preload(workspace: Workspace, sources: Sequence[str]) -> list[Loaded]:
    monitor = Monitor()
    try:
        with time_limit(monitor, settings.OPERATION_TIMEOUT):
            return load_tables(workspace, [{"source": source} for source in sources], monitor)
    except KbstoreError:  # it took too long, or it was deleted meanwhile: the answer says what was made
        return []

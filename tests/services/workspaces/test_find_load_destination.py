"""Where a project may load tables to: its own workspaces, and those that others have granted to it."""

from __future__ import annotations

import pytest

from kbstore.access import SYSTEM, Actor, Need, Role
from kbstore.errors import Forbidden
from storage.models import Project
from storage.services.create_project import create_project
from workspaces.errors import AmbiguousWorkspace, WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.delete_workspace import delete_workspace
from workspaces.services.find_host_workspace import find_host_workspace, find_load_destination
from workspaces.services.grant_workspace import grant_workspace, revoke_workspace

GUEST = Actor(Role.PROJECT_ADMIN, "guest", "p2")


def make(project_id: str, host_id: str = "4711") -> Workspace:
    order = WorkspaceOrder(f"workspace_{host_id}", host_id=host_id)
    return create_workspace(actor=SYSTEM, project_id=project_id, order=order).workspace


def destination(owner: str | None = None) -> str:
    found = find_load_destination(actor=GUEST, project_id="p2", name="4711", owner_project_id=owner)
    return found.project_id


@pytest.fixture
def lent(own_project: Project) -> Workspace:
    create_project(actor=SYSTEM, project_id="p2", name=None, project_settings=None)
    return make("p1")


@pytest.mark.parametrize("owner", [None, "p1"])
def test_a_workspace_of_another_project_needs_a_grant(lent: Workspace, owner: str | None) -> None:
    with pytest.raises(WorkspaceNotFound):
        destination(owner)

    grant_workspace(actor=SYSTEM, workspace=lent, grantee_id="p2")
    assert destination(owner) == "p1"

    revoke_workspace(actor=SYSTEM, workspace=lent, grantee_id="p2")
    with pytest.raises(WorkspaceNotFound):
        destination(owner)


def test_the_projects_own_goes_before_a_granted_one(lent: Workspace) -> None:
    grant_workspace(actor=SYSTEM, workspace=lent, grantee_id="p2")
    make("p2")

    assert destination() == "p2"
    assert destination("p1") == "p1"


def test_a_grant_ends_with_its_workspace(lent: Workspace) -> None:
    grant_workspace(actor=SYSTEM, workspace=lent, grantee_id="p2")
    delete_workspace(actor=SYSTEM, project_id="p1", workspace_id=lent.pk)
    make("p1")

    with pytest.raises(WorkspaceNotFound):
        destination()


def test_a_grant_is_for_loading_only(lent: Workspace) -> None:
    grant_workspace(actor=SYSTEM, workspace=lent, grantee_id="p2")

    with pytest.raises(WorkspaceNotFound):
        find_host_workspace(actor=GUEST, need=Need.READ, project_id="p2", name="4711")
    with pytest.raises(Forbidden):
        find_host_workspace(actor=GUEST, need=Need.READ, project_id="p1", name="4711")
    with pytest.raises(Forbidden):
        grant_workspace(actor=GUEST, workspace=lent, grantee_id="p2")


def test_without_a_project_an_id_has_to_be_the_only_one(lent: Workspace) -> None:
    assert find_host_workspace(actor=SYSTEM, need=Need.READ, project_id=None, name="4711") == lent
    make("p2")

    with pytest.raises(AmbiguousWorkspace):
        find_host_workspace(actor=SYSTEM, need=Need.READ, project_id=None, name="4711")
    with pytest.raises(Forbidden):
        find_host_workspace(actor=GUEST, need=Need.READ, project_id=None, name="4711")

"""Connections of this process are closed when their sessions are ended from outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from kbstore.access import SYSTEM
from storage.models import Branch, Project
from workspaces.models import Workspace, WorkspaceSession
from workspaces.services.disconnect import (
    close_connections,
    disconnect_all,
    disconnect_session,
    forget_closer,
    register_closer,
)
from workspaces.services.open_session import open_session
from workspaces.session_errors import SessionNotFound

PLACE = {"project_id": "p1", "workspace_id": "ws_00000001"}


class Connections:
    """What a wire server would close."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def close(self, session_ids: Collection[str]) -> None:
        self.closed += session_ids


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections()
    register_closer(made.close)
    yield made
    forget_closer(made.close)


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    project = Project.objects.create(id="p1")
    branch = Branch.objects.create(id="b1", project=project, name="dev")
    made = Workspace.objects.create(
        id="ws_00000001", project=project, branch=branch, name="lab", size_limit_bytes=2**30
    )
    for name in ("a", "b", "c"):
        open_session(session_id=name, workspace_id=made.pk)
    WorkspaceSession.objects.filter(pk="c").update(status="client_disconnect")
    return made


def test_all_that_are_open(workspace: Workspace, connections: Connections) -> None:
    assert sorted(disconnect_all(actor=SYSTEM, **PLACE)) == ["a", "b"]
    assert sorted(connections.closed) == ["a", "b"]


def test_one_once(workspace: Workspace, connections: Connections) -> None:
    for _ in range(2):
        disconnect_session(actor=SYSTEM, **PLACE, session_id="a")
    assert connections.closed == ["a"]


def test_one_that_is_not_there(workspace: Workspace, connections: Connections) -> None:
    with pytest.raises(SessionNotFound):
        disconnect_session(actor=SYSTEM, **PLACE, session_id="x")
    assert connections.closed == []


def test_with_their_workspace_or_what_holds_it(workspace: Workspace, connections: Connections) -> None:
    Branch.objects.get().delete()
    assert sorted(connections.closed) == ["a", "b"]


def test_a_server_that_has_stopped_is_not_asked(connections: Connections) -> None:
    forget_closer(connections.close)
    forget_closer(connections.close)
    close_connections(["a"])
    assert connections.closed == []

"""Workspaces as commands name them, looked for in the project of the caller only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kbstore.access import Need
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter, ObjectNotFound
from storage.errors import InvalidName
from workspaces.errors import AmbiguousWorkspace, LoginNotFound, WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.services.find_host_workspace import find_host_workspace, find_load_destination


def workspace_of(call: Call, name: str, *, need: Need = Need.WRITE, project_id: str | None = None) -> Workspace:
    """The workspace with that object name in the project, which is that of the credentials where none is given.

    Raises ObjectNotFound, InvalidParameter where only the project would tell which one is meant.
    """
    with told_workspace_errors():
        return find_host_workspace(actor=call.actor, need=need, project_id=project_id or call.project_id, name=name)


def load_destination(call: Call, path: list[str]) -> Workspace:
    """The workspace of `[workspace]` or `[..., project, workspace]` that the caller's project may load tables into.

    Raises ObjectNotFound, InvalidParameter.
    """
    if not path or not path[-1]:
        raise InvalidParameter("destination.path must contain workspace identifier")
    owner = path[0] if len(path) > 1 and path[0] else None
    project_id = call.project_id or owner
    if project_id is None:
        return workspace_of(call, path[-1])
    place = {"project_id": project_id, "name": path[-1], "owner_project_id": owner}
    with told_workspace_errors():
        return find_load_destination(actor=call.actor, **place)


@contextmanager
def told_workspace_errors() -> Iterator[None]:
    """In the words and numbers of the protocol."""
    try:
        yield
    except (WorkspaceNotFound, LoginNotFound) as error:
        raise ObjectNotFound(error.message) from error
    except (AmbiguousWorkspace, InvalidName) as error:
        raise InvalidParameter(error.message) from error

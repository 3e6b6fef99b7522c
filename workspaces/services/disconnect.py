"""End connections to a workspace from outside."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from workspaces.models import WorkspaceSession
from workspaces.models.session import ACTIVE
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.open_session import QUERY_PREFIX
from workspaces.session_errors import SessionNotFound

DISCONNECTED_BY_ADMIN = "admin_disconnect"

#: Closes those connections of this process that have one of these session ids; returns at once, raises nothing.
Closer = Callable[[Collection[str]], None]
_closers: list[Closer] = []


def register_closer(closer: Closer) -> None:
    """Called by every server of this process that holds connections.

    Servers of other processes learn of a closed session when they next touch it.
    """
    if closer not in _closers:
        _closers.append(closer)


def forget_closer(closer: Closer) -> None:
    """The server has stopped."""
    if closer in _closers:
        _closers.remove(closer)


def close_connections(session_ids: Collection[str]) -> None:
    """Close the connections of these sessions, as far as this process holds them. Call it after the commit."""
    if session_ids:
        for closer in list(_closers):
            closer(session_ids)


def close_deleted(*, instance: WorkspaceSession, **_: Any) -> None:
    """After the deletion of a row, with its workspace, branch or project: the connection goes too."""
    if instance.status == ACTIVE:
        session_id = instance.pk
        transaction.on_commit(lambda: close_connections([session_id]), robust=True)


def disconnect_all(*, actor: Actor, project_id: str, workspace_id: str) -> list[str]:
    """End all sessions of a workspace, also of an expired one; the ids of those that were open.

    Raises Forbidden, ProjectNotFound, WorkspaceNotFound.
    """
    place = {"project_id": project_id, "workspace_id": workspace_id}
    workspace = find_workspace(actor=actor, need=Need.WRITE, **place, may_be_expired=True)
    closed = _disconnect_all(actor=actor, **place, branch_id=branch_of(workspace))
    close_connections(closed)
    return closed


def disconnect_session(*, actor: Actor, project_id: str, workspace_id: str, session_id: str) -> None:
    """End one session; nothing happens if it has ended.

    Raises Forbidden, ProjectNotFound, WorkspaceNotFound, SessionNotFound.
    """
    place = {"project_id": project_id, "workspace_id": workspace_id}
    workspace = find_workspace(actor=actor, need=Need.WRITE, **place, may_be_expired=True)
    close_connections(_disconnect_one(actor=actor, **place, branch_id=branch_of(workspace), session_id=session_id))


@operation("disconnect_workspace", resource_type="workspace", need=Need.WRITE)
def _disconnect_all(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str) -> list[str]:
    with transaction.atomic():
        closed = _mark_closed(WorkspaceSession.objects.filter(workspace=workspace_id))
        record_success(workspace_id, sessions=len(closed))
    return closed


@operation("disconnect_session", resource_type="session", need=Need.WRITE)
def _disconnect_one(*, actor: Actor, project_id: str, branch_id: str, workspace_id: str, session_id: str) -> list[str]:
    with transaction.atomic():
        session = WorkspaceSession.objects.filter(workspace=workspace_id, pk=session_id)
        if not session.exists():
            raise SessionNotFound(session_id)
        closed = _mark_closed(session)
        record_success(session_id, workspace=workspace_id, was_open=bool(closed))
    return closed


def mark_sessions_closed(workspace_id: str, *, username: str) -> list[str]:
    """End the sessions of a login; the ids of those that were open, for `close_connections` after the commit.

    Sessions that say of nobody whose they are end, too, unless they are queries of REST: they know their caller.
    """
    sessions = WorkspaceSession.objects.filter(workspace=workspace_id, username__in=(username, ""))
    return _mark_closed(sessions.exclude(username="", pk__startswith=QUERY_PREFIX))


def _mark_closed(sessions: QuerySet[WorkspaceSession]) -> list[str]:
    """The ids of those that were open."""
    opened = list(sessions.filter(status=ACTIVE).select_for_update().values_list("pk", flat=True))
    WorkspaceSession.objects.filter(pk__in=opened).update(status=DISCONNECTED_BY_ADMIN)
    return opened

"""Who is connected to a workspace, for the people of its project."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_query
from kbstore.rest.views import reply
from workspaces.api.schemas.sessions import (
    DisconnectReply,
    SessionDisconnectReply,
    SessionReply,
    SessionsQuery,
    SessionsReply,
)
from workspaces.api.views.workspaces import SomeWorkspaceView
from workspaces.services.disconnect import disconnect_all, disconnect_session
from workspaces.services.list_sessions import list_workspace_sessions

_TAGS = ["workspaces"]


class WorkspaceSessionsView(SomeWorkspaceView):
    """The sessions of a workspace, also those that have ended."""

    needs = {"GET": Need.READ}

    @extend_schema(
        operation_id="list_workspace_sessions",
        parameters=query_parameters(SessionsQuery),
        responses={200: SessionsReply},
        tags=_TAGS,
    )
    def get(self, request: Request, project_id: str, workspace_id: str) -> Response:
        query = parse_query(request, SessionsQuery)
        sessions, total = list_workspace_sessions(
            actor=self.actor, project_id=project_id, workspace_id=workspace_id, **query.model_dump()
        )
        shown = [SessionReply.of(session) for session in sessions]
        return reply(SessionsReply(sessions=shown, count=len(shown), total=total))


class WorkspaceSessionView(SomeWorkspaceView):
    """One session of a workspace."""

    needs = {"DELETE": Need.WRITE}

    @extend_schema(operation_id="disconnect_workspace_session", responses={200: SessionDisconnectReply}, tags=_TAGS)
    def delete(self, request: Request, project_id: str, workspace_id: str, session_id: str) -> Response:
        disconnect_session(actor=self.actor, project_id=project_id, workspace_id=workspace_id, session_id=session_id)
        return reply(SessionDisconnectReply(session_id=session_id))


class WorkspaceDisconnectView(SomeWorkspaceView):
    """All sessions of a workspace at once."""

    needs = {"POST": Need.WRITE}

    @extend_schema(operation_id="disconnect_workspace", request=None, responses={200: DisconnectReply}, tags=_TAGS)
    def post(self, request: Request, project_id: str, workspace_id: str) -> Response:
        closed = disconnect_all(actor=self.actor, project_id=project_id, workspace_id=workspace_id)
        return reply(DisconnectReply(count=len(closed), session_ids=closed))

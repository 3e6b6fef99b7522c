"""What external wire servers ask: logins, and the sessions they hold."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Actor
from kbstore.rest.authentication import HasHeaders
from kbstore.rest.failed_logins import note_failed_login
from kbstore.rest.openapi import query_parameters
from kbstore.rest.openapi_errors import ErrorBody
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from workspaces.api.internal_access import require_internal_caller
from workspaces.api.schemas.internal import AuthReply, AuthRequest
from workspaces.api.schemas.sessions import (
    AllSessionsQuery,
    SessionCleanupQuery,
    SessionCleanupReply,
    SessionCloseQuery,
    SessionList,
    SessionOpenRequest,
    SessionReply,
    SessionTouchRequest,
)
from workspaces.services.close_session import close_session
from workspaces.services.list_sessions import get_session, list_sessions
from workspaces.services.log_in import log_in
from workspaces.services.open_session import open_session
from workspaces.services.sweep_sessions import sweep_idle_sessions
from workspaces.services.touch_session import touch_session
from workspaces.session_errors import InvalidCredentials

_TAGS = ["internal"]
_REFUSED: dict[int, Any] = dict.fromkeys((401, 404, 429), ErrorBody)


class InternalView(ApiView):
    """Asks for no API key, and ignores one: `require_internal_caller` says who may call."""

    def caller_of(self, request: HasHeaders, *, method: str, **kwargs: Any) -> Actor | None:
        require_internal_caller(request)
        return None


class PgwireAuthView(InternalView):
    """Whether a user may connect to a workspace."""

    needs = {"POST": None}

    @extend_schema(
        operation_id="pgwire_auth",
        request=AuthRequest,
        responses={200: AuthReply, **_REFUSED, 410: ErrorBody},
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        body = parse_body(request, AuthRequest)
        try:
            login = log_in(username=body.username, password=body.password, client_ip=body.client_ip)
        except InvalidCredentials:
            note_failed_login()
            raise
        return reply(AuthReply.of(login))


class PgwireSessionsView(InternalView):
    """The sessions of all workspaces."""

    needs = {"GET": None, "POST": None}

    @extend_schema(
        operation_id="open_pgwire_session",
        request=SessionOpenRequest,
        responses={201: SessionReply, **_REFUSED},
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        body = parse_body(request, SessionOpenRequest)
        return reply(SessionReply.of(open_session(**body.model_dump())), status=201)

    @extend_schema(
        operation_id="list_pgwire_sessions",
        parameters=query_parameters(AllSessionsQuery),
        responses={200: SessionList, **_REFUSED},
        tags=_TAGS,
    )
    def get(self, request: Request) -> Response:
        query = parse_query(request, AllSessionsQuery)
        sessions, total = list_sessions(**query.model_dump())
        shown = SessionList([SessionReply.of(session) for session in sessions])
        return reply(shown, headers={"X-Total-Count": str(total)})


class PgwireSessionView(InternalView):
    """One session."""

    needs = {"GET": None, "DELETE": None}

    @extend_schema(operation_id="get_pgwire_session", responses={200: SessionReply, **_REFUSED}, tags=_TAGS)
    def get(self, request: Request, session_id: str) -> Response:
        return reply(SessionReply.of(get_session(session_id=session_id)))

    @extend_schema(
        operation_id="close_pgwire_session",
        parameters=query_parameters(SessionCloseQuery),
        responses={204: None, **_REFUSED},
        tags=_TAGS,
    )
    def delete(self, request: Request, session_id: str) -> Response:
        query = parse_query(request, SessionCloseQuery)
        close_session(session_id=session_id, reason=query.reason)
        return no_content()


class PgwireSessionActivityView(InternalView):
    """That a session is in use."""

    needs = {"PATCH": None}

    @extend_schema(
        operation_id="touch_pgwire_session",
        request=SessionTouchRequest,
        responses={200: SessionReply, **_REFUSED},
        tags=_TAGS,
    )
    def patch(self, request: Request, session_id: str) -> Response:
        body = parse_body(request, SessionTouchRequest)
        return reply(SessionReply.of(touch_session(session_id=session_id, queries=int(body.increment_queries))))


class PgwireSessionCleanupView(InternalView):
    """Mark the sessions that nobody uses."""

    needs = {"POST": None}

    @extend_schema(
        operation_id="clean_up_pgwire_sessions",
        request=None,
        parameters=query_parameters(SessionCleanupQuery),
        responses={200: SessionCleanupReply, **_REFUSED},
        tags=_TAGS,
    )
    def post(self, request: Request) -> Response:
        query = parse_query(request, SessionCleanupQuery)
        cleaned_up, used = sweep_idle_sessions(query.idle_timeout_seconds)
        return reply(SessionCleanupReply(cleaned_up=cleaned_up, idle_timeout_seconds=used))

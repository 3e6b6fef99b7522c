"""Shapes of sessions of workspaces."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from kbstore.rest.schema import WITHOUT_NUL, OptionalPage, Reply, RequestModel, Text, Timestamp
from workspaces.models import WorkspaceSession
from workspaces.models.session import ACTIVE
from workspaces.services.close_session import DISCONNECTED


def _not_active(reason: str) -> str:
    if reason == ACTIVE:
        raise PydanticCustomError("value_error", "A session that is closed cannot be active")
    return reason


Address = Annotated[str, Field(max_length=64), WITHOUT_NUL]


class SessionReply(Reply):
    session_id: str
    workspace_id: str
    client_ip: str | None
    connected_at: Timestamp | None
    last_activity_at: Timestamp | None
    query_count: int
    status: str

    @classmethod
    def of(cls, session: WorkspaceSession) -> SessionReply:
        return cls(
            session_id=session.pk,
            workspace_id=session.workspace_id,
            client_ip=session.client_ip,
            connected_at=session.connected_at,
            last_activity_at=session.last_activity_at,
            query_count=session.query_count,
            status=session.status,
        )


class SessionList(RootModel[list[SessionReply]]):
    """Sessions without anything around them."""


class SessionOpenRequest(RequestModel):
    session_id: Annotated[str, Field(min_length=1, max_length=128), WITHOUT_NUL]
    workspace_id: Text
    client_ip: Address | None = None


class SessionTouchRequest(RequestModel):
    increment_queries: bool = True


class SessionCloseQuery(RequestModel):
    """The reason becomes the status of the session, word for word."""

    reason: Annotated[str, Field(min_length=1, max_length=128), WITHOUT_NUL, AfterValidator(_not_active)] = DISCONNECTED


class SessionsQuery(OptionalPage):
    """An empty status means all."""

    status: Text = ""


class AllSessionsQuery(SessionsQuery):
    """An empty id means those of all workspaces."""

    workspace_id: Text = ""


class SessionsReply(Reply):
    sessions: list[SessionReply]
    count: int
    total: int


class SessionCleanupQuery(RequestModel):
    """0 means the configured time, as no value does."""

    idle_timeout_seconds: Annotated[int, Field(ge=0)] | None = None


class SessionCleanupReply(Reply):
    cleaned_up: int
    idle_timeout_seconds: int


class DisconnectReply(Reply):
    """The sessions that were open."""

    message: str = "All sessions disconnected"
    count: int
    session_ids: list[str]


class SessionDisconnectReply(Reply):
    """Also for a session that had ended before."""

    message: str = "Session disconnected"
    session_id: str

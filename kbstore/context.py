"""What the running work knows about its caller: request id, actor, client address (context variables)."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
client_address: ContextVar[str | None] = ContextVar("client_address", default=None)
actor_label: ContextVar[str | None] = ContextVar("actor_label", default=None)

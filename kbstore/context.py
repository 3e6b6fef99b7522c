"""What the running work knows about its caller: request id, actor, client address, ids of its own."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
client_address: ContextVar[str | None] = ContextVar("client_address", default=None)
actor_label: ContextVar[str | None] = ContextVar("actor_label", default=None)
#: The ids that an orchestrator gave its run and its job, as it sent them with the request.
external_run_id: ContextVar[str | None] = ContextVar("external_run_id", default=None)
external_job_id: ContextVar[str | None] = ContextVar("external_job_id", default=None)
#: Labels that a host gave its command, kept with the record of the operation.
query_tags: ContextVar[dict[str, str] | None] = ContextVar("query_tags", default=None)

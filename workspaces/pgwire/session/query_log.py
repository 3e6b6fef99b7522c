"""Each statement of a session in the query log: what it was, how long it took, how it ended."""

from __future__ import annotations

import time

from workspaces.models import Door
from workspaces.pgwire.cancellation import CancelReason
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled
from workspaces.services.query_log import Executed, record
from workspaces.sql.statement import StatementKind

_DOOR = Door.WIRE.value


class QueryRecord:
    """Begin it before the statement runs; `finish` once. Made for every statement, so it only takes notes."""

    __slots__ = ("_compiled", "_context", "_first_rows", "_sent_before", "_started", "rows")

    def __init__(self, context: Context, compiled: Compiled) -> None:
        self._context = context
        self._compiled = compiled
        self._started = time.monotonic()
        self._first_rows = 0.0
        self._sent_before = context.output.sent_bytes
        self.rows = 0

    def has_rows(self) -> None:
        """The engine has begun to answer: what follows is sending."""
        self._first_rows = time.monotonic()

    def finish(self, sqlstate: str) -> None:
        """`sqlstate` is empty when it went well."""
        context, client, ended = self._context, self._context.client, time.monotonic()
        context.queries += 1
        first_rows = self._first_rows or ended
        running = context.output.running
        prepared, context.prepare_seconds = context.prepare_seconds, 0.0
        workspace = context.sql.workspace
        record(
            Executed(
                workspace.pk,
                workspace.project_id,
                _DOOR,
                context.session_id,
                client.user,
                client.address,
                context.settings.get("application_name") or "",
                self._compiled.kind.value,
                self._compiled.source,
                time.time() - (ended - self._started),
                prepared,
                0.0,
                first_rows - self._started,
                ended - first_rows,
                self.rows,
                context.output.sent_bytes - self._sent_before,
                sqlstate,
                running is not None and running.cancelled_by is CancelReason.TIMEOUT,
            )
        )


class Preparing:
    """Around reading and preparing a text: takes the time, and logs one that cannot be prepared."""

    __slots__ = ("_context", "_started", "_text")

    def __init__(self, context: Context, text: str) -> None:
        self._context = context
        self._text = text

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        seconds, context = time.monotonic() - self._started, self._context
        context.prepare_seconds = seconds
        if isinstance(error, SqlFault):
            context.queries += 1
            workspace, client = context.sql.workspace, context.client
            record(
                Executed(
                    workspace.pk,
                    workspace.project_id,
                    _DOOR,
                    context.session_id,
                    client.user,
                    client.address,
                    context.settings.get("application_name") or "",
                    StatementKind.UNKNOWN.value,
                    self._text,
                    time.time() - seconds,
                    seconds,
                    0.0,
                    0.0,
                    0.0,
                    0,
                    0,
                    error.sqlstate,
                )
            )

"""Each statement as one line of the log and one count: who, what kind, how long, how many rows, how it ended."""

from __future__ import annotations

import hashlib
import time

import structlog
from django.conf import settings

from kbstore.metrics import PGWIRE_QUERIES, PGWIRE_QUERY_DURATION
from workspaces.pgwire.session.context import Context
from workspaces.services.compile_sql import Compiled

log = structlog.get_logger(__name__)

_TEXT_CHARACTERS = 10_000
_STATUS = {"": "success", "57014": "cancelled"}


class QueryRecord:
    """Begin it before the statement runs; `finish` once."""

    def __init__(self, context: Context, compiled: Compiled) -> None:
        self._context = context
        self._compiled = compiled
        self._started = time.monotonic()
        self._sent_before = context.output.sent_bytes
        self.rows = 0

    def finish(self, sqlstate: str) -> None:
        """`sqlstate` is empty when it went well."""
        context, seconds = self._context, time.monotonic() - self._started
        context.queries += 1
        workspace = context.sql.workspace
        PGWIRE_QUERIES.labels(workspace.pk, _STATUS.get(sqlstate, "error")).inc()
        PGWIRE_QUERY_DURATION.labels(workspace.pk).observe(seconds)
        text = {"sql": self._compiled.source[:_TEXT_CHARACTERS]} if settings.PGWIRE_LOG_SQL else {}
        log.info(
            "query",
            workspace=workspace.pk,
            project=workspace.project_id,
            connection=context.client.process_id,
            user=context.client.user,
            client=context.client.address,
            application=context.settings.get("application_name"),
            kind=self._compiled.kind.value,
            hash=hashlib.blake2b(self._compiled.source.encode(), digest_size=8).hexdigest(),
            seconds=round(seconds, 4),
            rows=self.rows,
            bytes=context.output.sent_bytes - self._sent_before,
            sqlstate=sqlstate or "00000",
            **text,
        )

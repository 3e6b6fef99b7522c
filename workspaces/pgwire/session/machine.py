"""The state machine of a session: messages in, answers out, errors where PostgreSQL has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from kbstore.errors import KbstoreError
from workspaces.pgwire.connection import ConnectionLost
from workspaces.pgwire.messages import backend, frontend
from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.frontend import FrontendMessage
from workspaces.pgwire.session import extended, transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.simple import answer_query
from workspaces.pgwire.sqlstate import SqlFault

log = structlog.get_logger(__name__)

#: Nothing to answer: Flush is what happens anyway, and messages of a COPY that was refused are dropped.
_SILENT = (frontend.Flush, frontend.Terminate, frontend.CopyData, frontend.CopyDone, frontend.CopyFail)

#: ReadyForQuery ends the answer to these.
_ENDS_ANSWER = (frontend.Query, frontend.Sync, frontend.FunctionCall)

#: What needs no engine.
_SHORT: Mapping[type, Callable[[Context, Any], None]] = {
    frontend.Bind: extended.bind,
    frontend.DescribeStatement: extended.describe_statement,
    frontend.DescribePortal: extended.describe_portal,
    frontend.CloseStatement: extended.close_statement,
    frontend.ClosePortal: extended.close_portal,
}


class Ended(Exception):
    """The client was told of a fatal error: close the connection."""


class Machine:
    """For the thread of one session."""

    def __init__(self, context: Context) -> None:
        self.context = context
        #: Whether the client has said goodbye.
        self.is_over = False
        self._skips = False

    def handle(self, messages: Sequence[FrontendMessage]) -> bytes:
        """Answer messages in order; what was not sent on the way is returned.

        Raises Ended, ConnectionLost, ProtocolViolation.
        """
        waiting = self.context.input
        waiting.give(messages)
        while (message := waiting.next()) is not None:
            self.is_over = self.is_over or isinstance(message, frontend.Terminate)
            if self._skips and not isinstance(message, frontend.Sync):
                continue
            self._handle(message, is_alone=waiting.ends_soon())
        return self.context.output.take()

    def _handle(self, message: FrontendMessage, *, is_alone: bool) -> None:
        try:
            self._answer(message, is_alone=is_alone)
        except SqlFault as fault:
            self._fail(fault, skips=not isinstance(message, _ENDS_ANSWER))
        except (ConnectionLost, ProtocolViolation):
            raise
        except KbstoreError as error:
            self._fail(SqlFault("58000", error.message), skips=not isinstance(message, frontend.Query))
        except Exception:
            log.exception("statement failed", client=self.context.client.address)
            self._fail(SqlFault("XX000", "internal error"), skips=not isinstance(message, frontend.Query))
        if isinstance(message, _ENDS_ANSWER):
            self._skips = False
            self.context.output.write(backend.ready_for_query(self.context.block.status))

    def _answer(self, message: FrontendMessage, *, is_alone: bool) -> None:
        context = self.context
        answer = _SHORT.get(type(message))
        if isinstance(message, frontend.Query):
            answer_query(context, message.sql)
        elif isinstance(message, frontend.Execute):
            with context.running():
                extended.execute(context, message, is_alone=is_alone)
        elif isinstance(message, frontend.Parse):
            with context.running():
                extended.parse(context, message)
        elif isinstance(message, frontend.Sync):
            extended.sync(context)
        elif answer is not None:
            answer(context, message)
        elif isinstance(message, frontend.FunctionCall):
            raise SqlFault("0A000", "function calls by message are not supported")
        elif not isinstance(message, _SILENT):
            raise SqlFault("08P01", "unexpected message", is_fatal=True)

    def _fail(self, fault: SqlFault, *, skips: bool) -> None:
        if fault.is_fatal and fault.sqlstate == "XX000":
            self.context.sql.give_up()
        if not fault.is_fatal:
            try:
                transactions.fail(self.context)
            except SqlFault as worse:
                log.warning("a transaction could not be rolled back", sqlstate=worse.sqlstate)
        self.context.output.error(fault)
        if fault.is_fatal:
            raise Ended
        self._skips = skips

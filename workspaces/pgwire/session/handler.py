"""One session between the event loop, which reads and writes, and a thread of its own, in which all SQL runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import close_old_connections

from kbstore.errors import KbstoreError
from workspaces.models import Workspace
from workspaces.pgwire.cancellation import CancelReason
from workspaces.pgwire.client import Client
from workspaces.pgwire.messages import frontend
from workspaces.pgwire.messages.frontend import FrontendMessage
from workspaces.pgwire.refusal import Refusal, terminated_by_administrator
from workspaces.pgwire.session.commands import set_setting, share_settings
from workspaces.pgwire.session.context import TRANSACTION_TIMEOUT, Context
from workspaces.pgwire.session.input import Input
from workspaces.pgwire.session.machine import Ended, Machine
from workspaces.pgwire.session.output import Output
from workspaces.pgwire.session.settings import REPORTED, SettingsStore
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiler
from workspaces.services.query_slots import Slot, query_slots
from workspaces.services.session_time_zone import time_zone_of
from workspaces.services.sql_session import SqlSession

T = TypeVar("T")
#: Messages that are taken to the thread at once: enough for a pipeline, few enough to answer early.
_BATCH: Final = 1000
_CLOSE_SECONDS: Final = 5.0
_ENDS_BATCH = (frontend.Query, frontend.Sync, frontend.Flush, frontend.FunctionCall)


class CatalogThreads:
    """The few threads of a server that read its catalog: sessions are many, its connections are not."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="pgwire-catalog")

    def run(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """From any thread but the event loop's; blocks."""
        return self._pool.submit(_fresh, function, arguments, named).result()

    async def wait(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """From the event loop."""
        return await asyncio.wrap_future(self._pool.submit(_fresh, function, arguments, named))

    def close(self) -> None:
        self._pool.shutdown()


def _fresh(function: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> T:
    close_old_connections()
    return function(*arguments, **named)


class WireSession:
    """A SessionHandler. `context` is there from `open` on."""

    def __init__(
        self,
        client: Client,
        *,
        workspace: Workspace,
        reads_storage: bool,
        catalog: CatalogThreads,
        version: str,
        query_seconds: float,
        idle_seconds: float,
    ) -> None:
        self.client = client
        self.context: Context | None = None
        #: For `Context.stop_other`; set it before `open`.
        self.stop_other: Callable[[int, bool], bool] | None = None
        self._workspace = workspace
        self._reads_storage = reads_storage
        self._catalog = catalog
        self._version = version
        self._query_seconds = query_seconds
        self._idle_seconds = idle_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pgwire-session")
        self._machine: Machine | None = None
        self._opening: SqlSession | None = None

    async def open(self) -> Mapping[str, str]:
        """Raises Refusal where the workspace cannot be opened or a setting is wrong."""
        try:
            context = await self._in_thread(self._open)
        except SqlFault as fault:
            raise Refusal(fault.sqlstate, fault.message) from fault
        except KbstoreError as error:
            raise Refusal("57P03", error.message) from error
        self._machine, self.context = Machine(context), context
        return {spelled: context.settings.get(name) or "" for name, spelled in REPORTED.items()}

    async def serve(self) -> None:
        await self.client.connection.lend()
        await self._in_thread(self._converse)

    async def close(self) -> None:
        """What runs is stopped first, and what waits for the client."""
        self.client.connection.end(terminated_by_administrator())
        self.client.guard.cancel(CancelReason.TERMINATION)
        closing = asyncio.ensure_future(self._in_thread(self._close))
        done, _ = await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)
        if not done:
            self.client.connection.abort()
            self.client.guard.cancel(CancelReason.TERMINATION)
            await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)
        self._thread.shutdown(wait=False)

    def _converse(self) -> None:
        """Answer until the client leaves, in the session's thread: it reads, works and writes by itself."""
        connection, machine = self.client.connection, self._machine
        assert machine is not None  # noqa: S101 - opened
        is_over = False
        while not is_over:
            batch = self._next_batch()
            is_over = any(isinstance(message, frontend.Terminate) for message in batch)
            try:
                answer = machine.handle(batch)
            except Ended:
                answer, is_over = machine.context.output.take(), True
            if answer:
                connection.send_from_thread(answer)

    def _next_batch(self) -> list[FrontendMessage]:
        connection = self.client.connection
        batch = [self._first_message()]
        while not isinstance(batch[-1], (*_ENDS_BATCH, frontend.Terminate)) and len(batch) < _BATCH:
            message = connection.read_from_thread_nowait()
            if message is None:
                break
            batch.append(message)
        return batch

    def _first_message(self) -> FrontendMessage:
        assert self.context is not None  # noqa: S101 - opened
        in_block = self.context.block.is_explicit
        name = "idle_in_transaction_session_timeout" if in_block else "idle_session_timeout"
        asked = self.context.settings.milliseconds(name) / 1000
        seconds = min(asked, self._idle_seconds) if asked else self._idle_seconds
        end = self.context.transaction_deadline
        if end is not None:
            seconds = min(seconds, max(end - time.monotonic(), 0.0))
        try:
            return self.client.connection.read_from_thread(timeout_seconds=seconds)
        except TimeoutError:
            if end is not None and time.monotonic() >= end:
                raise Refusal(*TRANSACTION_TIMEOUT) from None
            if in_block:
                raise Refusal("25P03", "terminating connection due to idle-in-transaction timeout") from None
            raise Refusal("57P05", "terminating connection due to idle-session timeout") from None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> Context:
        sql = self._opening = SqlSession(self._workspace, read=self._catalog.run, reads_storage=self._reads_storage)
        fixed = {
            "server_version": self._version,
            "session_authorization": self.client.user,
            "timezone": self._catalog.run(time_zone_of, self._workspace),
        }
        settings = SettingsStore(fixed)
        context = Context(
            client=self.client,
            sql=sql,
            output=Output(self.client.connection, Slot(query_slots(), self._workspace.pk)),
            input=Input(self.client.connection),
            settings=settings,
            compiler=Compiler(sql.policy),
            statement_limit_seconds=self._query_seconds,
            stop_other=self.stop_other,
            session_id=getattr(self.client.admission.ticket, "session_id", ""),
        )
        sql.policy()
        sql.tell_process(self.client.process_id)
        for name, value in self.client.settings:
            if name.lower() not in ("user", "database"):
                _set_at_start(context, name, value)
        share_settings(context)
        context.apply_settings()
        settings.keep_as_start()
        context.output.take()
        context.remember_told()
        return context

    def _close(self) -> None:
        try:
            if self.context is not None:
                self.context.close_portals()
        finally:
            self.client.connection.take_back()
            if self._opening is not None:
                self._opening.close()


def _set_at_start(context: Context, name: str, value: str) -> None:
    if name.lower() in ("client_encoding",) and value.strip("'\" ").upper() in (
        "UTF8",
        "UTF-8",
        "UNICODE",
        "SQL_ASCII",
    ):
        return
    set_setting(context, name.lower(), value)

"""SQL that runs for a caller of REST: a session and a thread of its own, with a limit, and ways to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connections

from kbstore.errors import KbstoreError, OperationCancelled
from storage.jobs.identity import this_worker
from workspaces.models import Workspace, WorkspaceSession
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.admit_session import admit_session
from workspaces.services.disconnect import register_closer
from workspaces.services.open_session import new_query_id
from workspaces.services.query_log import Executed, record
from workspaces.services.query_slots import Slot, query_slots
from workspaces.services.session_time_zone import USUAL_TIME_ZONE, time_zone_of
from workspaces.services.sql_failure import failure_of, sqlstate_of, too_late
from workspaces.services.sql_order import SqlOrder
from workspaces.services.sql_session import SqlSession
from workspaces.services.statements import Statements
from workspaces.sql.statement import StatementKind
from workspaces.sql_errors import QueryBroke, QueryStopped

log = structlog.get_logger(__name__)

#: How often a statement that has to stop is told so again: the engine forgets an interrupt just before it begins.
PRESS_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Caller:
    """For whom it runs, as the query log and the list of sessions show it."""

    door: str
    user: str
    address: str
    request_id: str
    may_write: bool


class RunningSql:
    """Use it from any thread; all SQL runs in a thread of its own. `close` it in the end, whatever happened."""

    def __init__(self, workspace: Workspace, order: SqlOrder, caller: Caller, *, seconds: float) -> None:
        """Counts as a session of the workspace, if it is one with a row. Raises what `check_admission` raises."""
        self.workspace = workspace
        self.order = order
        self.caller = caller
        self.id = new_query_id()
        self.sent_bytes = 0
        self.reason: KbstoreError | None = None
        self._seconds = seconds
        self._started, self._started_at = time.monotonic(), time.time()
        self._first_rows = self._opened = 0.0
        self._session: SqlSession | None = None
        self._statements: Statements | None = None
        self._blocks: Iterator[bytes] = iter(())
        self._failure: KbstoreError | None = None
        self._is_closed = threading.Lock()
        self._slot = Slot(query_slots(), workspace.pk)
        if not workspace.is_transient:
            admit_session(
                workspace_id=workspace.pk, client_ip=caller.address or None, worker=this_worker(), session_id=self.id
            )
        _running[self.id] = self
        self._thread = ThreadPoolExecutor(1, "sql")

    @property
    def seconds_left(self) -> float:
        return self._started + self._seconds - time.monotonic()

    @property
    def statements(self) -> Statements | None:
        """What is known of them; complete when the last block was given out."""
        return self._statements

    def start(self) -> Future[None]:
        """Run all statements, the last one up to its first rows. The future raises KbstoreErrors."""
        return self._thread.submit(self._guarded, self._start)

    def next_block(self) -> Future[bytes | None]:
        """The next part of the document; None behind the last one."""
        return self._thread.submit(self._guarded, self._next)

    def stop(self, reason: KbstoreError) -> None:
        """What runs ends soon, with this error; nothing is changed. Returns at once."""
        self.reason = self.reason or reason
        self.press()

    def press(self) -> None:
        """Call it every `PRESS_SECONDS` while waiting: ends what is late or was stopped."""
        if self.seconds_left < 0:
            self.reason = self.reason or too_late(self._seconds)
        if self.reason is not None and self._session is not None:
            self._session.interrupt()

    def progress(self) -> float:
        """Percent of the statement that runs, below 0 where the engine cannot tell."""
        return -1.0 if self._session is None else self._session.progress()

    def wait(self, future: Future[Any], *, look: Callable[[], None] = lambda: None) -> Any:
        """The result of a future of this class; `look` is called now and then and may `stop` it."""
        while not wait({future}, timeout=PRESS_SECONDS).done:
            look()
            self.press()
        return future.result()

    def close(self) -> None:
        """End it if it still runs, note how it went. Returns at once, safe to call twice."""
        if not self._is_closed.acquire(blocking=False):
            return
        is_done = self._statements is not None and self._failure is None and self._blocks is _DONE
        if not is_done:
            self.stop(OperationCancelled("The caller left."))
        self._thread.submit(self._end)
        self._thread.shutdown(wait=False)

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            self._take_slot()
            try:
                if self.reason is not None:
                    raise self.reason
                found = work()
            finally:
                self._slot.give()
        except SqlFault as fault:
            if fault.is_fatal and fault.sqlstate == "XX000" and self._session is not None:
                self._session.give_up()
            self._failure = failure_of(fault, self.reason)
            raise self._failure from fault
        except KbstoreError as error:
            self._failure = error
            raise
        except Exception as error:
            log.exception("query failed", workspace=self.workspace.pk, query=self.id)
            self._failure = self.reason or QueryBroke("internal error", details={"sqlstate": "XX000"})
            raise self._failure from error
        return found

    def _take_slot(self) -> None:
        if self._statements is None:
            self._slot.take(is_stopped=lambda: self.reason is not None)
        else:
            # Its rows are on their way: it waits no more.
            self._slot.go_on()

    def _next(self) -> bytes | None:
        block = next(self._blocks, None)
        if block is None:
            self._blocks = _DONE
        return block

    def _start(self) -> None:
        session = self._session = SqlSession(self.workspace, read=_read_here)
        zone = time_zone_of(self.workspace)
        if zone != USUAL_TIME_ZONE:
            session.set_engine("TimeZone", zone)
        session.tell_settings(_SETTINGS | {"timezone": zone, "server_version": f"15.0 (kbstore {settings.VERSION})"})
        if self.order.search_path is not None:
            session.set_path(self.order.search_path)
        self._opened = time.monotonic()
        self._statements = Statements(session, self.order, read_only=not self.caller.may_write)
        self._statements.start()
        self._first_rows = time.monotonic()
        self._blocks = self._statements.blocks()

    def _end(self) -> None:
        """In the thread, behind all else. Closing the session rolls back what is open."""
        try:
            if self._session is not None:
                self._session.close()
        finally:
            _running.pop(self.id, None)
            try:
                if not self.workspace.is_transient:
                    WorkspaceSession.objects.filter(pk=self.id).delete()
                    self._record()
            finally:
                connections.close_all()

    def _record(self) -> None:
        ended = time.monotonic()
        statements = self._statements
        failure = self._failure or (None if self._blocks is _DONE else self.reason)
        opened = self._opened or ended
        first_rows = self._first_rows or ended
        parse = 0.0 if statements is None else statements.parse_seconds
        last = None if statements is None else statements.last
        rows = 0 if statements is None else statements.row_count + (statements.changed or 0)
        record(
            Executed(
                workspace_id=self.workspace.pk,
                project_id=self.workspace.project_id,
                door=self.caller.door,
                session_id=self.id,
                user=self.caller.user,
                client=self.caller.address,
                application=self.caller.request_id,
                kind=StatementKind.UNKNOWN.value if last is None else last.kind.value,
                text=self.order.sql,
                started=self._started_at,
                parse=parse,
                wait=opened - self._started,
                execute=max(first_rows - opened - parse, 0.0),
                send=ended - first_rows,
                rows=rows,
                bytes=self.sent_bytes,
                sqlstate="" if failure is None else sqlstate_of(failure),
                is_timeout=failure is not None and failure.code == "operation_timeout",
            )
        )


_running: dict[str, RunningSql] = {}
_DONE: Final[Iterator[bytes]] = iter(())
_SETTINGS: Final = {"search_path": '"$user", public', "server_version_num": "150000"}


def count_running() -> int:
    """How many queries of REST this process runs."""
    return len(_running)


def _close_queries(session_ids: Collection[str]) -> None:
    for session_id in session_ids:
        running = _running.get(session_id)
        if running is not None:
            running.stop(QueryStopped())


def _read_here(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return function(*arguments, **named)


register_closer(_close_queries)

"""What all parts of one session share: the client, its workspace, its settings, its transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kbstore.errors import KbstoreError
from workspaces.pgwire.client import Client
from workspaces.pgwire.messages.backend import TransactionStatus, parameter_status
from workspaces.pgwire.session.input import Input
from workspaces.pgwire.session.output import Output, cancelled
from workspaces.pgwire.session.plans import Plans
from workspaces.pgwire.session.portal import Portal
from workspaces.pgwire.session.prepared import PreparedStatement
from workspaces.pgwire.session.settings import (
    DIALECT,
    ENGINE_SETTINGS,
    REPORTED,
    SettingsMark,
    SettingsStore,
    path_entries,
)
from workspaces.pgwire.sqlstate import INTERRUPTED, SqlFault
from workspaces.pgwire.values.encode import Style
from workspaces.services.compile_sql import Compiler
from workspaces.services.sql_session import SqlSession

TRANSACTION_TIMEOUT = ("25P04", "terminating connection due to transaction timeout")


@dataclass
class Savepoint:
    """What there was when it was set; `writes` counts the writing statements of the block before it."""

    name: str
    writes: int
    settings: SettingsMark
    portals: tuple[Portal, ...]


@dataclass
class Block:
    """The transaction as the client sees it; `is_implicit` is one that it did not ask for."""

    is_explicit: bool = False
    is_implicit: bool = False
    is_failed: bool = False
    read_only: bool = False
    #: Whether it became read-only after it had written, of which the engine knows nothing.
    refuses_writes: bool = False
    writes: int = 0
    began_at: float = field(default_factory=time.monotonic)
    savepoints: list[Savepoint] = field(default_factory=list)

    @property
    def status(self) -> TransactionStatus:
        if not self.is_explicit:
            return TransactionStatus.IDLE
        return TransactionStatus.FAILED if self.is_failed else TransactionStatus.IN_BLOCK


@dataclass
class Context:
    """Of one session. All but `deadline` and `interrupt_again` are for its thread."""

    client: Client
    sql: SqlSession
    output: Output
    input: Input
    settings: SettingsStore
    compiler: Compiler
    statement_limit_seconds: float
    block: Block = field(default_factory=Block)
    portals: dict[str, Portal] = field(default_factory=dict)
    statements: dict[str, PreparedStatement] = field(default_factory=dict)
    plans: Plans = field(init=False)
    deadline: float | None = None
    queries: int = 0
    #: Cancels what another session of the workspace runs, or ends that session; whether there is such a session.
    stop_other: Callable[[int, bool], bool] | None = None
    session_id: str = ""
    #: How long the statement that runs next took to prepare.
    prepare_seconds: float = 0.0
    _told: dict[str, str | None] = field(default_factory=dict)
    _engine: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plans = Plans(self.sql)

    @property
    def style(self) -> Style:
        return Style(self.settings.get("timezone") or "UTC", self.settings.get("intervalstyle") or "postgres")

    def running(self) -> Running:
        """Around everything that a cancel or a time-out may stop. Raises SqlFault."""
        return Running(self)

    @property
    def transaction_deadline(self) -> float | None:
        """When transaction_timeout ends the session; None outside a transaction and without one."""
        if not self.block.is_explicit and not self.block.is_implicit:
            return None
        limit = self.settings.milliseconds("transaction_timeout") / 1000
        return self.block.began_at + limit if limit else None

    def hold_cursors(self) -> None:
        """Keep the rows of cursors WITH HOLD for after the commit. Raises SqlFault."""
        for portal in self.portals.values():
            if portal.cursor is not None and portal.cursor.is_holdable and not portal.cursor.is_held:
                portal.hold()

    def end_portals(self) -> None:
        """Their transaction is over: only cursors that are held live on."""
        for name, portal in list(self.portals.items()):
            if portal.cursor is None or not portal.cursor.is_held:
                self.portals.pop(name).close()

    def close_portals(self) -> None:
        for portal in self.portals.values():
            portal.close()
        self.portals.clear()

    def apply_settings(self) -> None:
        """Make the engine and the client know of settings that have changed."""
        is_postgres = self.settings.get(DIALECT) == "postgres"
        for name, (usual, of_postgres) in ENGINE_SETTINGS.items():
            value = self.settings.get(name) or (of_postgres if is_postgres else usual)
            if self._engine.get(name, usual) != value:
                self.plans.clear()
                self.sql.set_engine("TimeZone" if name == "timezone" else name, value)
                self._engine[name] = value
        path = self.settings.get("search_path")
        usual = '"$user", public'
        if self._engine.get("search_path", usual) != path:
            self.plans.clear()
            self.sql.set_path(None if path in (usual, None) else path_entries(path or ""))
            self._engine["search_path"] = path
        self._tell()

    def remember_told(self) -> None:
        """The greeting has told the client."""
        self._told = {name: self.settings.get(name) for name in REPORTED}

    def _tell(self) -> None:
        self.output.least = self.settings.get("client_min_messages") or "notice"
        for name, spelled in REPORTED.items():
            value = self.settings.get(name)
            if self._told.get(name) != value:
                self._told[name] = value
                self.output.write(parameter_status(spelled, value or ""))


class Running:
    """The block of `Context.running`."""

    __slots__ = ("_context", "_guarded", "_statement")

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> None:
        context = self._context
        limit = context.settings.milliseconds("statement_timeout") / 1000
        seconds = min(limit, context.statement_limit_seconds) if limit else context.statement_limit_seconds
        self._guarded = context.client.guard.running(context.sql.interrupt)
        self._statement = context.output.running = self._guarded.__enter__()
        deadline = time.monotonic() + seconds
        end = context.transaction_deadline
        context.deadline = deadline if end is None else min(deadline, end)
        try:
            context.output.slot.take(is_stopped=self._is_stopped)
        except SqlFault:
            self._leave()
            raise

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._context.output.slot.give()
        self._leave()
        if isinstance(error, SqlFault) and self._statement.cancelled_by is not None:
            end = self._context.transaction_deadline
            if error.sqlstate == INTERRUPTED and end is not None and time.monotonic() >= end:
                raise SqlFault(*TRANSACTION_TIMEOUT, is_fatal=True) from error
            if error.sqlstate == INTERRUPTED:
                raise cancelled(self._statement.cancelled_by) from error
        elif isinstance(error, KbstoreError):
            raise SqlFault("58000", error.message) from error

    def _is_stopped(self) -> bool:
        return self._statement.cancelled_by is not None

    def _leave(self) -> None:
        self._guarded.__exit__()
        self._context.deadline = None
        self._context.output.running = None


def savepoint_index(block: Block, name: str) -> int:
    """Where the newest savepoint of this name is. Raises SqlFault 3B001."""
    for index in range(len(block.savepoints) - 1, -1, -1):
        if block.savepoints[index].name == name:
            return index
    raise SqlFault("3B001", f'savepoint "{name}" does not exist')

"""Who may cancel what: the keys of all connections, and a guard that a late request never hits the next statement."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from enum import Enum
from typing import Final

_MAX_PROCESS_ID: Final = 2**31 - 1
_SHORT_KEY_BYTES: Final = 4
_LONG_KEY_BYTES: Final = 32


class CancelReason(Enum):
    """Why a statement was stopped; the session answers each with its own text."""

    USER_REQUEST = "canceling statement due to user request"
    TIMEOUT = "canceling statement due to statement timeout"
    CLIENT_LOST = "connection to client lost"
    TERMINATION = "terminating connection due to administrator command"


class Statement:
    """One run of a statement; `cancelled_by` is the first reason it was cancelled for."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self.cancelled_by: CancelReason | None = None

    def _cancel(self, reason: CancelReason) -> None:
        if self.cancelled_by is None:
            self.cancelled_by = reason
        self._interrupt()


class _Running:
    """The block of `StatementGuard.running`; a generator would cost more than it, and each message has one."""

    __slots__ = ("_guard", "_statement")

    def __init__(self, guard: StatementGuard, statement: Statement) -> None:
        self._guard = guard
        self._statement = statement

    def __enter__(self) -> Statement:
        self._guard.begin(self._statement)
        return self._statement

    def __exit__(self, *_: object) -> None:
        self._guard.begin(None)


class StatementGuard:
    """Of one connection: lets a cancel through while a statement runs, and drops it at any other time. Thread-safe."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._running: Statement | None = None

    def running(self, interrupt: Callable[[], None]) -> _Running:
        """`interrupt` may be called from any thread until the block is left, and never after that. It must be quick
        and safe to call twice. Ask the statement's `cancelled_by` at each flush of rows."""
        return _Running(self, Statement(interrupt))

    def begin(self, statement: Statement | None) -> None:
        """Let cancels through to this statement, or to none. For `running`."""
        with self._mutex:
            self._running = statement

    @property
    def is_running(self) -> bool:
        return self._running is not None

    def cancel(self, reason: CancelReason) -> bool:
        """Whether there was a statement to cancel."""
        with self._mutex:
            if self._running is None:
                return False
            self._running._cancel(reason)
            return True


class BackendKey:
    """What a client needs to cancel its own statements."""

    def __init__(self, *, process_id: int, secret: bytes, guard: StatementGuard) -> None:
        self.process_id = process_id
        self.secret = secret
        self.guard = guard


class CancelRegistry:
    """The keys of all open connections of this server. Thread-safe."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._keys: dict[int, BackendKey] = {}

    def register(self, *, has_long_key: bool = False) -> BackendKey:
        """A fresh key; long ones are for clients of protocol 3.2. Give it back by `release`."""
        secret = secrets.token_bytes(_LONG_KEY_BYTES if has_long_key else _SHORT_KEY_BYTES)
        with self._mutex:
            process_id = self._free_process_id()
            key = self._keys[process_id] = BackendKey(process_id=process_id, secret=secret, guard=StatementGuard())
        return key

    def release(self, key: BackendKey) -> None:
        with self._mutex:
            self._keys.pop(key.process_id, None)

    def cancel(self, *, process_id: int, secret: bytes) -> bool:
        """Cancel what that connection runs. False for a wrong key or an idle connection: tell the sender neither."""
        with self._mutex:
            key = self._keys.get(process_id)
        expected = key.secret if key is not None else bytes(len(secret))
        is_right = hmac.compare_digest(expected, secret)
        return key is not None and is_right and key.guard.cancel(CancelReason.USER_REQUEST)

    def _free_process_id(self) -> int:
        while True:
            process_id = secrets.randbelow(_MAX_PROCESS_ID) + 1
            if process_id not in self._keys:
                return process_id

"""A client that has logged in, and what the listener needs from the rest of the program to serve one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from workspaces.pgwire.cancellation import BackendKey, CancelReason, StatementGuard
from workspaces.pgwire.connection import Connection
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.startup import StartupRequest
from workspaces.pgwire.verifiers import Verifier


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning that a client sees when it connects."""

    message: str
    sqlstate: str = "01000"
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """Leave to connect: `name` is for logs, `ticket` is whatever the session needs to find its workspace."""

    name: str
    ticket: object = None
    notices: tuple[Notice, ...] = ()


class Authenticator(Protocol):
    """Who may connect. Its calls must not block the event loop."""

    async def verifier_of(self, user: str) -> Verifier | None:
        """None for a user who does not exist: the login then fails as with a wrong password, and as slowly."""
        ...

    async def admit(self, user: str, database: str, address: str) -> Admission:
        """Called after a right password only; `database` is empty if none was named. Raises Refusal."""
        ...

    async def dismiss(self, admission: Admission) -> None:
        """Called once for each admission, when its connection has ended."""
        ...


class Client:
    """One connection after its login. Its `guard` belongs around every statement that a cancel may interrupt."""

    def __init__(
        self, *, connection: Connection, request: StartupRequest, address: str, admission: Admission, key: BackendKey
    ) -> None:
        self.connection = connection
        self.request = request
        self.address = address
        self.admission = admission
        self.process_id = key.process_id
        self.guard: StatementGuard = key.guard

    @property
    def user(self) -> str:
        return self.request.user

    @property
    def database(self) -> str:
        """As asked for, empty if none was named."""
        return self.request.database

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What the client asked to SET, in order; `options` first."""
        return self.request.settings

    def end(self, refusal: Refusal, *, is_urgent: bool = False) -> None:
        """Close an idle connection now and a busy one after its statement, or with `is_urgent` by cancelling it.

        For the event loop's thread.
        """
        self.connection.end(refusal)
        if is_urgent:
            self.guard.cancel(CancelReason.TERMINATION)


class SessionHandler(Protocol):
    """Serves one client from its login to its end. All three are called in the event loop, so none may block it.

    A Refusal or a fatal ProtocolViolation raised by `open` or `serve` is sent to the client, which is then cut off;
    ConnectionLost ends it silently.
    """

    async def open(self) -> Mapping[str, str]:
        """Apply the client's settings. Returns the parameters whose reported value differs from the usual one."""
        ...

    async def serve(self) -> None:
        """Answer messages until the client leaves. The first ReadyForQuery has been sent."""
        ...

    async def close(self) -> None:
        """Always called, also when `open` failed."""
        ...


SessionFactory = Callable[[Client], SessionHandler]

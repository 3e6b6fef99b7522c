"""Decides by name and password whether a client may come in, and remembers who guesses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from kbstore.metrics import PGWIRE_AUTH_DURATION, PGWIRE_CONNECTIONS
from workspaces.pgwire.client import Admission, Authenticator
from workspaces.pgwire.connection import Connection
from workspaces.pgwire.login import prove_by_cleartext, prove_by_scram
from workspaces.pgwire.login_limits import FailedLogins, LoginLimits
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.startup import StartupRequest
from workspaces.pgwire.verifiers import DEFAULT_ITERATIONS, mock_verifier

log = structlog.get_logger(__name__)

#: Outcomes that have a name of their own in the metrics; every other refusal is a failed login.
_OUTCOMES: Final = {"57P03": "expired", "53300": "limit_reached"}
#: A client that left before its proof, such as psql before it asks for the password: no failure.
_GAVE_UP: Final = "gave up"
_LOGGED_NAME_LENGTH: Final = 128


@dataclass(frozen=True, slots=True)
class LoginConfig:
    """`mock_secret` makes up the verifiers of users who do not exist: keep it over restarts, or they give themselves
    away by a salt that changes. `iterations` are those of real verifiers. `asks_cleartext` asks for passwords in clear
    text instead of SCRAM, over TLS only."""

    mock_secret: bytes
    iterations: int = DEFAULT_ITERATIONS
    asks_cleartext: bool = False
    limits: LoginLimits = LoginLimits()


class Doorkeeper:
    """One for all connections of a listener, for its thread."""

    def __init__(self, *, config: LoginConfig, authenticator: Authenticator) -> None:
        self._config = config
        self._authenticator = authenticator
        self._failures = FailedLogins(config.limits)

    async def log_in(
        self, connection: Connection, *, request: StartupRequest, address: str, channel_binding: bytes | None
    ) -> Admission:
        """Raises Refusal, with the same words for an unknown user and for a wrong password."""
        attempt = _Attempt(user=request.user, address=address, is_encrypted=connection.tls is not None)
        try:
            self._check(attempt)
            await self._prove(connection, attempt, channel_binding)
            admission = await self._authenticator.admit(attempt.user, request.database, address)
            attempt.outcome, attempt.workspace = "success", admission.name
            return admission
        except Refusal as refusal:
            attempt.outcome = _OUTCOMES.get(refusal.sqlstate, "auth_failed")
            raise
        finally:
            attempt.record()

    async def dismiss(self, admission: Admission) -> None:
        await self._authenticator.dismiss(admission)

    async def _prove(self, connection: Connection, attempt: _Attempt, channel_binding: bytes | None) -> None:
        verifier = await self._authenticator.verifier_of(attempt.user)
        if verifier is None:
            verifier = mock_verifier(attempt.user, secret=self._config.mock_secret, iterations=self._config.iterations)
        if self._config.asks_cleartext and attempt.is_encrypted:
            proof = await prove_by_cleartext(connection, verifier=verifier)
        else:
            proof = await prove_by_scram(connection, verifier=verifier, channel_binding=channel_binding)
        attempt.method = proof.method
        if not proof.is_right:
            self._failures.note_failure(address=attempt.address, user=attempt.user, is_encrypted=attempt.is_encrypted)
            raise Refusal("28P01", f'password authentication failed for user "{attempt.user}"')
        # Whoever tried many passwords at once, and found one, is refused as if after the others.
        self._check(attempt)
        self._failures.note_success(address=attempt.address, user=attempt.user)

    def _check(self, attempt: _Attempt) -> None:
        self._failures.check(address=attempt.address, user=attempt.user)


@dataclass(slots=True)
class _Attempt:
    """One try to log in, for the log: never with what was sent as a proof."""

    user: str
    address: str
    is_encrypted: bool
    method: str = ""
    workspace: str = ""
    outcome: str = _GAVE_UP
    started: float = field(default_factory=time.monotonic)

    def record(self) -> None:
        seconds = time.monotonic() - self.started
        log.info(
            "login",
            user=self.user[:_LOGGED_NAME_LENGTH],
            client=self.address,
            tls=self.is_encrypted,
            method=self.method,
            workspace=self.workspace,
            outcome=self.outcome,
            seconds=round(seconds, 4),
        )
        if self.outcome != _GAVE_UP:
            PGWIRE_CONNECTIONS.labels(self.outcome).inc()
            PGWIRE_AUTH_DURATION.observe(seconds)

"""Decides by name and password whether a client may come in, and remembers who guesses."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
        started = time.monotonic()
        outcome = "gave up"
        try:
            admission = await self._prove_and_admit(
                connection, request=request, address=address, channel_binding=channel_binding
            )
            outcome = "success"
            return admission
        except Refusal as refusal:
            outcome = _OUTCOMES.get(refusal.sqlstate, "auth_failed")
            raise
        finally:
            self._record(outcome, request=request, address=address, seconds=time.monotonic() - started)

    async def dismiss(self, admission: Admission) -> None:
        await self._authenticator.dismiss(admission)

    async def _prove_and_admit(
        self, connection: Connection, *, request: StartupRequest, address: str, channel_binding: bytes | None
    ) -> Admission:
        user, is_encrypted = request.user, connection.tls is not None
        self._failures.check(address=address, user=user)
        if not await self._proves(connection, user=user, channel_binding=channel_binding):
            self._failures.note_failure(address=address, user=user, is_encrypted=is_encrypted)
            raise Refusal("28P01", f'password authentication failed for user "{user}"')
        # Whoever tried many passwords at once, and found one, is refused as if after the others.
        self._failures.check(address=address, user=user)
        self._failures.note_success(address=address, user=user)
        return await self._authenticator.admit(user, request.database, address)

    async def _proves(self, connection: Connection, *, user: str, channel_binding: bytes | None) -> bool:
        verifier = await self._authenticator.verifier_of(user)
        if verifier is None:
            verifier = mock_verifier(user, secret=self._config.mock_secret, iterations=self._config.iterations)
        if self._config.asks_cleartext and connection.tls is not None:
            return await prove_by_cleartext(connection, verifier=verifier)
        return await prove_by_scram(connection, verifier=verifier, channel_binding=channel_binding)

    def _record(self, outcome: str, *, request: StartupRequest, address: str, seconds: float) -> None:
        log.info("login", user=request.user, client=address, outcome=outcome, seconds=round(seconds, 4))
        if outcome != "gave up":
            PGWIRE_CONNECTIONS.labels(outcome).inc()
            PGWIRE_AUTH_DURATION.observe(seconds)

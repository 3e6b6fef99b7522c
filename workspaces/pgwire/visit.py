"""One connection from its socket to its end: negotiation, login, session, farewell."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from enum import Enum

import structlog

from workspaces.pgwire.cancellation import BackendKey, CancelReason, CancelRegistry
from workspaces.pgwire.certificates import ServerCertificate
from workspaces.pgwire.client import Admission, Client, SessionFactory, SessionHandler
from workspaces.pgwire.connection import ConnectionLimits, ConnectionLost
from workspaces.pgwire.doorkeeper import Doorkeeper
from workspaces.pgwire.greeting import greeting, negotiation_of, reported_parameters
from workspaces.pgwire.guests import Guests
from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.opening import CancelRequest
from workspaces.pgwire.negotiation import Negotiation, Opened
from workspaces.pgwire.places import Place, Places
from workspaces.pgwire.refusal import Refusal, shutting_down, terminated_by_administrator
from workspaces.pgwire.startup import StartupRequest, read_startup

log = structlog.get_logger(__name__)


class TlsMode(Enum):
    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class VisitConfig:
    """`server_version` begins with a plain PostgreSQL version; `setup_seconds` is from accept to ReadyForQuery."""

    server_version: str = "15.0"
    tls_mode: TlsMode = TlsMode.PREFER
    certificate: ServerCertificate | None = None
    limits: ConnectionLimits = ConnectionLimits()
    setup_seconds: float = 30.0


@dataclass(slots=True)
class House:
    """What all visits share."""

    config: VisitConfig
    doorkeeper: Doorkeeper
    sessions: SessionFactory
    places: Places
    registry: CancelRegistry
    guests: Guests
    is_stopping: bool = False


class Visit:
    """Run it once; cancelling its task ends it in order, with word to a client that has logged in."""

    def __init__(self, house: House, *, client: socket.socket, address: str) -> None:
        self._house = house
        self._address = address
        config = house.config
        has_tls = config.tls_mode is not TlsMode.DISABLE and config.certificate is not None
        material = config.certificate.material() if has_tls and config.certificate is not None else None
        self._negotiation = Negotiation(client, material=material, limits=config.limits)
        self._admission: Admission | None = None
        self._key: BackendKey | None = None
        self._handler: SessionHandler | None = None

    async def run(self, place: Place) -> None:
        """Raises nothing: what goes wrong is told to the client or to the log."""
        try:
            await self._serve(place)
        except (Refusal, ProtocolViolation) as end:
            await self._refuse(Refusal.of(end) if isinstance(end, ProtocolViolation) else end)
        except (ConnectionLost, OSError):
            log.debug("connection lost", client=self._address)
        except asyncio.CancelledError:
            if self._handler is not None:
                await self._refuse(terminated_by_administrator())
        except Exception:
            log.exception("session failed", client=self._address)
            await self._refuse(Refusal("XX000", "internal error"))
        finally:
            await self._leave(place)

    def abort(self) -> None:
        """Cut the client off; for a visit that has ended or was never begun."""
        self._negotiation.abort()

    async def _serve(self, place: Place) -> None:
        async with asyncio.timeout(self._house.config.setup_seconds):
            opened = await self._negotiation.run()
            if isinstance(opened.packet, CancelRequest):
                self._cancel(opened.packet)
                return
            await self._set_up(opened, place)
        if self._handler is not None:
            await self._handler.serve()

    def _cancel(self, request: CancelRequest) -> None:
        is_done = self._house.registry.cancel(process_id=request.process_id, secret=request.secret_key)
        log.info("cancel request", client=self._address, is_done=is_done)

    async def _set_up(self, opened: Opened, place: Place) -> None:
        connection, house = opened.connection, self._house
        house.places.introduce(place)
        assert not isinstance(opened.packet, CancelRequest)  # noqa: S101 - for the type only
        request = read_startup(opened.packet)
        if house.is_stopping:
            raise shutting_down()
        if house.config.tls_mode is TlsMode.REQUIRE and connection.tls is None:
            raise Refusal("28000", "connection requires TLS")
        connection.write(negotiation_of(request))
        self._admission = await house.doorkeeper.log_in(
            connection, request=request, address=self._address, channel_binding=opened.channel_binding
        )
        house.places.admit(place)
        connection.allow_long_messages()
        await self._begin_session(opened, request)

    async def _begin_session(self, opened: Opened, request: StartupRequest) -> None:
        house, connection = self._house, opened.connection
        assert self._admission is not None  # noqa: S101 - for the type only
        self._key = key = house.registry.register(has_long_key=request.minor >= 2)
        client = Client(
            connection=connection, request=request, address=self._address, admission=self._admission, key=key
        )
        connection.when_lost(lambda: key.guard.cancel(CancelReason.CLIENT_LOST))
        self._handler = house.sessions(client)
        changed = await self._handler.open()
        parameters = reported_parameters(request, server_version=house.config.server_version, changed=changed)
        house.guests.add(client)
        await connection.send(greeting(parameters=parameters, key=key, notices=self._admission.notices))
        if house.is_stopping:
            client.end(terminated_by_administrator())

    async def _refuse(self, refusal: Refusal) -> None:
        """Tell the client why, if it can still be told; a client that has sent nothing sensible is told in plain."""
        try:
            connection = await self._negotiation.answerable()
            connection.write(refusal.encoded())
        except (ConnectionLost, OSError):
            log.debug("connection lost before its refusal", client=self._address)

    async def _leave(self, place: Place) -> None:
        """Give everything back, whatever fails on the way."""
        try:
            await self._end_session()
        except Exception:
            log.exception("session could not be closed", client=self._address)
        finally:
            try:
                await self._negotiation.close()
            finally:
                self._house.places.leave(place)
                if self._key is not None:
                    self._house.registry.release(self._key)
                    self._house.guests.remove(self._key.process_id)

    async def _end_session(self) -> None:
        """The admission is given back even if the session cannot be closed."""
        try:
            if self._handler is not None:
                await self._handler.close()
        finally:
            if self._admission is not None:
                await self._house.doorkeeper.dismiss(self._admission)

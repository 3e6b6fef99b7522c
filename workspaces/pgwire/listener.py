"""The server's socket: takes connections in within limits and lets them go in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from workspaces.pgwire import sockets
from workspaces.pgwire.cancellation import CancelReason, CancelRegistry
from workspaces.pgwire.client import Authenticator, Client, SessionFactory
from workspaces.pgwire.doorkeeper import Doorkeeper, LoginConfig
from workspaces.pgwire.guests import Guests
from workspaces.pgwire.places import NoPlace, PlaceLimits, Places
from workspaces.pgwire.refusal import Refusal, terminated_by_administrator
from workspaces.pgwire.visit import House, Visit, VisitConfig

log = structlog.get_logger(__name__)

_BACKLOG: Final = 512
#: Out of descriptors: accepting again at once would only spin.
_ACCEPT_PAUSE_SECONDS: Final = 0.1
_INTERRUPT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class ListenerConfig:
    """`port` 0 takes a free one."""

    login: LoginConfig
    host: str = "127.0.0.1"
    port: int = 5432
    visits: VisitConfig = VisitConfig()
    places: PlaceLimits = PlaceLimits()


class Listener:
    """Lives in one event loop: all methods but `end_clients` are for its thread."""

    def __init__(self, config: ListenerConfig, *, authenticator: Authenticator, sessions: SessionFactory) -> None:
        self._config = config
        self._places = Places(config.places)
        self._guests = Guests()
        self._house = House(
            config=config.visits,
            doorkeeper=Doorkeeper(config=config.login, authenticator=authenticator),
            sessions=sessions,
            places=self._places,
            registry=CancelRegistry(),
            guests=self._guests,
        )
        self._sockets: list[socket.socket] = []
        self._accepting: set[asyncio.Task[None]] = set()
        self._visits: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Listen. Raises OSError if an address cannot be had; then nothing is left open."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._bind()
        except OSError:
            self._close_sockets()
            raise
        self._accepting = {asyncio.create_task(self._accept(each)) for each in self._sockets}

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket that listens."""
        return [each.getsockname()[:2] for each in self._sockets]

    @property
    def registry(self) -> CancelRegistry:
        return self._house.registry

    def clients(self) -> list[Client]:
        """Those that have logged in."""
        return self._guests.all()

    def end_clients(self, applies: Callable[[Client], bool], refusal: Refusal) -> None:
        """Disconnect clients now, whatever they do; from any thread, without waiting for it."""

        def end() -> None:
            for client in self.clients():
                if applies(client):
                    client.end(refusal, is_urgent=True)

        if self._loop is not None:
            self._loop.call_soon_threadsafe(end)

    async def stop(self, *, grace_seconds: float) -> None:
        """Refuse new clients, close idle ones, give busy ones `grace_seconds`, then stop them and close everything."""
        self._house.is_stopping = True
        for client in self.clients():
            client.end(terminated_by_administrator())
        await self._guests.wait_until_empty(timeout_seconds=grace_seconds)
        for client in self.clients():
            client.guard.cancel(CancelReason.TERMINATION)
        await self._guests.wait_until_empty(timeout_seconds=_INTERRUPT_SECONDS)
        await _end(self._accepting)
        self._close_sockets()
        await _end(self._visits)

    async def _bind(self) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._config.host or None, self._config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
            listening.setblocking(False)
            self._sockets.append(listening)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, address = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("cannot accept a connection", error=type(error).__name__, number=error.errno)
                await asyncio.sleep(_ACCEPT_PAUSE_SECONDS)
            else:
                self._take_in(client, address=address[0])

    def _take_in(self, client: socket.socket, *, address: str) -> None:
        sockets.prepare_client(client)
        visit = Visit(self._house, client=client, address=address)
        task: asyncio.Task[None] | None = None

        def evict() -> None:
            if task is not None:
                task.cancel()

        try:
            place = self._places.enter(address=address, evict=evict)
        except NoPlace:
            client.close()
            return

        def forget(ended: asyncio.Task[None]) -> None:
            # A task that was cancelled before its first step has closed nothing.
            visit.abort()
            self._places.leave(place)
            self._visits.discard(ended)

        task = asyncio.create_task(visit.run(place))
        self._visits.add(task)
        task.add_done_callback(forget)

    def _close_sockets(self) -> None:
        for each in self._sockets:
            each.close()
        self._sockets.clear()


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel them and wait until they are done; one that does not end is left behind."""
    ending = set(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending, timeout=_INTERRUPT_SECONDS)

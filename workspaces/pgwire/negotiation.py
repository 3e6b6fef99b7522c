"""From an accepted socket to a start-up packet: requests for encryption in any order, TLS asked for or at once."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

from workspaces.pgwire import sockets
from workspaces.pgwire.certificates import ALPN_PROTOCOL, TlsMaterial
from workspaces.pgwire.connection import Connection, ConnectionLimits, ConnectionLost
from workspaces.pgwire.messages.backend import ENCRYPTION_ACCEPTED, ENCRYPTION_REFUSED
from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.opening import (
    CancelRequest,
    GSSENCRequest,
    SSLRequest,
    StartupMessage,
    decode_opening,
    opening_length,
)

_TLS_HANDSHAKE: Final = b"\x16"
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Opened:
    connection: Connection
    packet: StartupMessage | CancelRequest
    channel_binding: bytes | None


class Negotiation:
    """Of one socket. It reads no byte beyond what it understands, so that TLS begins where the client began it."""

    def __init__(self, client: socket.socket, *, material: TlsMaterial | None, limits: ConnectionLimits) -> None:
        self._socket = client
        self._material = material
        self._limits = limits
        self.connection: Connection | None = None
        self._asked: set[type] = set()
        self._is_attached = False  # from then on the socket is its transport's to close

    async def run(self) -> Opened:
        """Raises ConnectionLost, OSError (TLS errors are such), and ProtocolViolation: tell it through `answerable`."""
        first = await sockets.first_byte(self._socket)
        if not first:
            raise ConnectionLost
        if first == _TLS_HANDSHAKE:
            await self._start_direct_tls()
        packet = await self._read_packet()
        while not isinstance(packet, StartupMessage | CancelRequest):
            await self._answer(packet)
            packet = await self._read_packet()
        connection = await self.answerable()
        is_encrypted = connection.tls is not None
        binding = self._material.channel_binding if self._material is not None and is_encrypted else None
        return Opened(connection, packet, binding)

    async def answerable(self) -> Connection:
        """The connection so far, for telling the client why it is refused. Raises ConnectionLost if TLS failed."""
        if self.connection is None:
            if self._is_attached:
                raise ConnectionLost
            self.connection = await self._attach(None)
        return self.connection

    async def _answer(self, packet: SSLRequest | GSSENCRequest) -> None:
        if type(packet) in self._asked:
            raise ProtocolViolation("encryption was requested twice", is_fatal=True)
        self._asked.add(type(packet))
        if isinstance(packet, GSSENCRequest) or self.connection is not None or self._material is None:
            await self._send(ENCRYPTION_REFUSED)
            return
        if sockets.has_more(self._socket):
            # Sent in plain text in the hope that we take it for something that came through TLS.
            raise ConnectionLost
        await self._send(ENCRYPTION_ACCEPTED)
        self.connection = await self._attach(self._material)

    async def _start_direct_tls(self) -> None:
        if self._material is None:
            raise ConnectionLost
        self.connection = await self._attach(self._material)
        if self.connection.tls is None or self.connection.tls.selected_alpn_protocol() != ALPN_PROTOCOL:
            raise ConnectionLost  # a client of another protocol, tricked into talking to us

    async def _attach(self, material: TlsMaterial | None) -> Connection:
        context = None if material is None else material.context
        self._is_attached = True
        _, connection = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: Connection(self._limits), self._socket, ssl=context
        )
        return connection

    async def _read_packet(self) -> StartupMessage | CancelRequest | SSLRequest | GSSENCRequest:
        prefix = await self._read(_LENGTH_BYTES)
        return decode_opening(prefix + await self._read(opening_length(prefix) - _LENGTH_BYTES))

    async def _read(self, count: int) -> bytes:
        if self.connection is not None:
            return await self.connection.read_exactly(count)
        return await sockets.read_exactly(self._socket, count)

    async def _send(self, data: bytes) -> None:
        if self.connection is not None:
            await self.connection.send(data)
        else:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def close(self) -> None:
        """End the connection, however far we came with it; what was written to it is sent first."""
        try:
            if self.connection is not None:
                await self.connection.close()
        finally:
            self.abort()

    def abort(self) -> None:
        """Cut the client off, however far we came with it. Safe to call twice."""
        if self.connection is not None:
            self.connection.abort()
        elif not self._is_attached:
            self._socket.close()

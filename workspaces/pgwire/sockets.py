"""What the listener asks of sockets: options, exact reads before there is a transport, signs of life."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Final

_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
#: `tcpi_bytes_acked` in Linux' struct tcp_info.
_BYTES_ACKED_OFFSET: Final = 120


def prepare_client(client: socket.socket) -> None:
    """Answers leave at once; a peer that vanished is noticed within two minutes."""
    client.setblocking(False)
    with contextlib.suppress(OSError):  # a client that is gone already is noticed by the first read
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                client.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def first_byte(client: socket.socket) -> bytes:
    """The first byte, which stays in the socket; empty if the peer closed it."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(client, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(client)
    return client.recv(1, socket.MSG_PEEK)


def has_more(client: socket.socket) -> bool:
    """Whether bytes wait in the socket."""
    try:
        return bool(client.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


async def read_exactly(client: socket.socket, count: int) -> bytes:
    """Just these bytes and none behind them. Raises ConnectionError if the peer closes first."""
    loop, received = asyncio.get_running_loop(), bytearray()
    while len(received) < count:
        chunk = await loop.sock_recv(client, count - len(received))
        if not chunk:
            raise ConnectionError
        received += chunk
    return bytes(received)


def acknowledged_bytes(client: socket.socket | None) -> int | None:
    """How much the peer has taken so far; None where the system does not say."""
    option = getattr(socket, "TCP_INFO", None)
    if client is None or option is None:
        return None
    try:
        info = client.getsockopt(socket.IPPROTO_TCP, option, _BYTES_ACKED_OFFSET + 8)
    except OSError:
        return None
    if len(info) < _BYTES_ACKED_OFFSET + 8:
        return None
    acknowledged: int = struct.unpack_from("=Q", info, _BYTES_ACKED_OFFSET)[0]
    return acknowledged

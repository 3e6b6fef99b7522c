"""One byte stream: what waits is bounded, what ends it is heard, and threads may write to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from workspaces.pgwire.connection import Connection, ConnectionLimits, ConnectionLost, WriteStalled
from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.frontend import Query, Sync
from workspaces.pgwire.refusal import terminated_by_administrator

SYNC = b"S\0\0\0\4"


def query(sql: bytes) -> bytes:
    return b"Q" + struct.pack("!I", len(sql) + 5) + sql + b"\0"


def connected(
    test: Callable[[Connection, socket.socket], Awaitable[None]], *, limits: ConnectionLimits | None = None
) -> None:
    """Run the test with both ends of one connection; the client's end does not block."""

    async def run() -> None:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        chosen = limits or ConnectionLimits(linger_seconds=0.1)
        with theirs:
            _, connection = await asyncio.get_running_loop().connect_accepted_socket(lambda: Connection(chosen), ours)
            async with asyncio.timeout(20):
                await test(connection, theirs)
            await connection.close()

    asyncio.run(run())


def test_waiting_for_a_message_may_end_in_time() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        with pytest.raises(TimeoutError):
            await connection.next_message(timeout_seconds=0.01)
        client.send(SYNC)
        assert await connection.next_message(timeout_seconds=5) == Sync()

    connected(test)


def test_what_was_written_leaves_before_the_next_message_is_waited_for() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        connection.write(b"one")
        connection.write(b"two")
        with pytest.raises(TimeoutError):
            await connection.next_message(timeout_seconds=0.05)
        assert client.recv(100) == b"onetwo"

    connected(test)


def test_an_end_is_heard_while_idle_and_before_messages_that_wait() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        asyncio.get_running_loop().call_later(0.01, connection.end, end := terminated_by_administrator())
        with pytest.raises(type(end)) as caught:
            await connection.next_message()
        assert caught.value is end
        client.send(SYNC)
        with pytest.raises(type(end)):
            await connection.next_message()

    connected(test)


def test_a_bad_message_does_not_hide_the_next_one() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        client.send(query(b"\xff") + SYNC)
        with pytest.raises(ProtocolViolation) as caught:
            await connection.next_message()
        assert not caught.value.is_fatal
        assert await connection.next_message() == Sync()

    connected(test)


def test_messages_that_came_before_the_client_left_are_still_read() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        lost: list[int] = []
        connection.when_lost(lambda: lost.append(1))
        client.send(SYNC)
        client.shutdown(socket.SHUT_RDWR)
        assert await connection.next_message() == Sync()
        with pytest.raises(ConnectionLost):
            await connection.next_message()
        connection.when_lost(lambda: lost.append(2))
        assert lost == [1, 2]
        with pytest.raises(ConnectionLost):
            await connection.send(b"anybody?")

    connected(test)


def test_a_thread_writes_no_faster_than_the_client_reads() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        def write() -> None:
            for _ in range(100):
                connection.send_from_thread(b"x" * 100_000)

        loop, received = asyncio.get_running_loop(), 0
        writing = loop.run_in_executor(None, write)
        await asyncio.wait({writing}, timeout=0.1)
        assert not writing.done()
        while received < 10_000_000:
            received += len(await loop.sock_recv(client, 65536))
        await writing

    connected(test)


def test_nobody_waits_for_ever_for_a_client_that_does_not_read() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        with pytest.raises(WriteStalled):
            await connection.send(b"x" * 10_000_000)
        assert connection.is_lost

    connected(test, limits=ConnectionLimits(write_stall_seconds=0.1))


def test_what_waits_is_bounded_and_nothing_is_lost() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection.allow_long_messages()
        sending = asyncio.create_task(loop.sock_sendall(client, query(b"y" * 10_000) * 1000))
        await asyncio.wait({sending}, timeout=0.2)
        assert not sending.done()
        for _ in range(1000):
            assert await connection.next_message() == Query("y" * 10_000)
        await sending

    connected(test, limits=ConnectionLimits(read_ahead_bytes=100_000, linger_seconds=0.1))


def test_a_long_message_is_read_whole_once_it_may_be_long() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        connection.allow_long_messages()
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(client, query(b"y" * 3_000_000)))
        assert await connection.next_message() == Query("y" * 3_000_000)
        await sending

    connected(test, limits=ConnectionLimits(read_ahead_bytes=1000, linger_seconds=0.1))


def test_before_the_login_it_may_not() -> None:
    async def test(connection: Connection, client: socket.socket) -> None:
        client.send(query(b"y" * 3_000_000)[:10])
        with pytest.raises(ProtocolViolation) as caught:
            await connection.next_message()
        assert caught.value.sqlstate == "54000"

    connected(test)

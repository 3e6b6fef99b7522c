"""Clients that have logged in and then misbehave, and ends that are not theirs."""

from __future__ import annotations

import os
import struct
import threading
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.wire.pgwire.raw_client import RawClient, frame, query
from tests.wire.pgwire.test_hostile_openings import is_told, serves, wait_until_empty
from tests.wire.pgwire.tiny_server import TinyServer, tiny_server
from workspaces.pgwire.refusal import terminated_by_administrator

MEBIBYTE = 1024 * 1024
#: What `flood 1` sends in rows: frame, count of columns, length, text.
FLOOD_BYTES = 1024 * (5 + 2 + 4 + 1000)


def until(condition: object) -> None:
    deadline = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def resident_bytes() -> int:
    return int(psutil.Process(os.getpid()).memory_info().rss)


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        (b"Q" + struct.pack("!I", 2**31), b"54000"),
        (b"Q\0\0\0\3", b"08P01"),
        (b"\xff\0\0\0\4", b"08P01"),
        (frame(b"Q", b"no end"), b"08P01"),
        (query("crash"), b"XX000"),
    ],
)
def test_what_cannot_be_followed_is_told_and_closed(tiny: TinyServer, message: bytes, sqlstate: bytes) -> None:
    with RawClient(tiny) as client:
        client.log_in()
        client.send(message)
        data = client.read_to_end()
        assert is_told(data, sqlstate)
        assert b"secret" not in data
    assert serves(tiny)


def test_the_last_words_arrive_although_the_client_goes_on_sending(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        client.log_in()
        client.send(b"\xff\0\0\0\4" + b"x" * 200_000)
        assert is_told(client.read_to_end(), b"08P01")


def test_a_huge_announcement_takes_no_memory(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        client.log_in()
        before = resident_bytes()
        client.send(b"Q" + struct.pack("!I", 250 * MEBIBYTE) + b"x" * 1000)
        time.sleep(0.1)
        assert resident_bytes() - before < 20 * MEBIBYTE


def test_a_message_larger_than_the_read_ahead_passes(tiny: TinyServer) -> None:
    with psycopg.connect(tiny.dsn(), autocommit=True) as connection:
        text = "x" * (5 * MEBIBYTE)
        assert connection.execute("echo" + text).fetchone() == ("echo" + text,)


def test_a_client_that_sends_much_before_it_reads_gets_all_its_answers(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        client.log_in()
        sender = threading.Thread(target=client.send, args=(query("y" * 1000) * 5000,))
        sender.start()
        for _ in range(5000):
            client.messages_until_ready()
        sender.join()


def test_input_behind_a_running_statement_is_bounded(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        client.log_in()
        session = tiny.sessions[-1]
        client.send(query("sleep"))
        until(lambda: session.client.guard.is_running)
        client.socket.settimeout(0.5)
        before, sent = resident_bytes(), 0
        with pytest.raises(TimeoutError):  # noqa: PT012 - how much the kernel takes is open
            while sent < 100 * MEBIBYTE:
                sent += client.socket.send(frame(b"d", b"z" * 65536))
        assert resident_bytes() - before < 30 * MEBIBYTE


def test_a_slow_reader_costs_no_memory_and_gets_every_byte(tiny: TinyServer) -> None:
    with RawClient(tiny, receive_buffer_bytes=65536) as client:
        client.log_in()
        client.send(query("flood 60"))
        before, received, peak = resident_bytes(), 0, 0
        while received < 60 * FLOOD_BYTES:
            received += len(client.socket.recv(MEBIBYTE))
            peak = max(peak, resident_bytes())
        assert peak - before < 30 * MEBIBYTE


@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_a_client_that_stops_reading_is_cut_off(tmp_path: Path, sslmode: str) -> None:
    with tiny_server(tmp_path, stall_seconds=0.6) as server:
        connection = psycopg.connect(server.dsn(sslmode=sslmode), autocommit=True)
        connection.pgconn.send_query(b"flood 50")
        connection.pgconn.flush()
        wait_until_empty(server)
        assert server.people.inside == 0
        connection.close()


def test_a_reader_that_is_merely_slow_is_not_cut_off(tmp_path: Path) -> None:
    with tiny_server(tmp_path, stall_seconds=0.6) as server:
        with RawClient(server, receive_buffer_bytes=65536) as client:
            client.log_in()
            client.send(query("flood 3"))
            received, started = 0, time.monotonic()
            while received < 3 * FLOOD_BYTES:
                received += len(client.socket.recv(131072))
                time.sleep(0.1)
            assert time.monotonic() - started > 1.2


@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_a_client_that_vanishes_has_its_statement_cancelled(tiny: TinyServer, sslmode: str) -> None:
    connection = psycopg.connect(tiny.dsn(sslmode=sslmode), autocommit=True)
    session = tiny.sessions[-1]
    connection.pgconn.send_query(b"sleep")
    connection.pgconn.flush()
    until(lambda: session.client.guard.is_running)
    connection.pgconn.finish()
    until(lambda: session.client not in tiny.listener.clients())


def test_a_wrong_key_cancels_nothing_and_is_not_answered(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        key = client.log_in()[b"K"]
        session = tiny.sessions[-1]
        client.send(query("sleep"))
        until(lambda: session.client.guard.is_running)
        for wrong in (key[:4] + b"nope", key[:4] + key[4:] + b"\0", b"\0\0\0\1" + key[4:]):
            assert cancel(tiny, wrong) == b""
        assert session.client.guard.is_running
        assert cancel(tiny, key) == b""
        assert client.message()[0] == b"E"


def cancel(server: TinyServer, key: bytes) -> bytes:
    with RawClient(server) as client:
        client.send(struct.pack("!II", 8 + len(key), 80877102) + key)
        return client.read_to_end()


def test_an_administrator_ends_busy_and_idle_clients(tiny: TinyServer) -> None:
    with RawClient(tiny) as idle, RawClient(tiny) as busy:
        idle.log_in()
        busy.log_in()
        session = tiny.sessions[-1]
        busy.send(query("sleep"))
        until(lambda: session.client.guard.is_running)
        tiny.listener.end_clients(lambda client: True, terminated_by_administrator())
        assert is_told(idle.read_to_end(), b"57P01")
        assert b"C57014\0" in (last := busy.read_to_end())
        assert b"C57P01\0" in last


def test_a_stop_ends_idle_clients_lets_busy_ones_finish_and_refuses_new_ones(tmp_path: Path) -> None:
    with tiny_server(tmp_path) as server, RawClient(server) as idle, RawClient(server) as busy:
        idle.log_in()
        key = busy.log_in()[b"K"]
        session = server.sessions[-1]
        busy.send(query("sleep"))
        until(lambda: session.client.guard.is_running)
        stopping = threading.Thread(target=server.stop, args=(20.0,))
        stopping.start()
        assert is_told(idle.read_to_end(), b"57P01")
        with pytest.raises(psycopg.OperationalError, match="shutting down"):
            psycopg.connect(server.dsn())
        cancel(server, key)
        last = busy.read_to_end()
        assert b"due to user request" in last
        assert b"C57P01\0" in last
        stopping.join(20)
        assert not stopping.is_alive()
        assert server.people.inside == 0


def test_a_stop_interrupts_who_is_busy_after_the_grace(tmp_path: Path) -> None:
    with tiny_server(tmp_path) as server, RawClient(server) as busy:
        busy.log_in()
        session = server.sessions[-1]
        busy.send(query("sleep"))
        until(lambda: session.client.guard.is_running)
        started = time.monotonic()
        server.stop(0.2)
        assert time.monotonic() - started < 5
        assert b"C57P01\0" in busy.read_to_end()


def test_no_descriptor_is_left_behind(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    with tiny_server(tmp_path) as server:
        for options in ({"sslmode": "require"}, {"sslmode": "disable"}, {"password": "wrong"}):
            for _ in range(5):
                try:
                    psycopg.connect(server.dsn(**options)).close()
                except psycopg.OperationalError:
                    continue
        wait_until_empty(server)
    assert psutil.Process().num_fds() <= before

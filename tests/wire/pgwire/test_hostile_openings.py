"""Clients that never get as far as a login: silence, garbage, tricks with TLS, floods."""

from __future__ import annotations

import random
import socket
import ssl
import struct
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.wire.pgwire.raw_client import GSSENC_REQUEST, SSL_REQUEST, RawClient, frame, startup
from tests.wire.pgwire.tiny_server import USER, TinyServer, tiny_server
from workspaces.pgwire.visit import TlsMode


def serves(server: TinyServer) -> bool:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        return connection.execute("SELECT 1").fetchone() == ("1",)


def is_told(data: bytes, sqlstate: bytes) -> bool:
    return data[:1] == b"E" and b"SFATAL\0" in data and b"C" + sqlstate + b"\0" in data


@pytest.mark.parametrize("order", [[SSL_REQUEST, GSSENC_REQUEST], [GSSENC_REQUEST, SSL_REQUEST]])
def test_encryption_may_be_asked_for_in_any_order(tiny: TinyServer, order: list[bytes]) -> None:
    context = ssl.create_default_context(cafile=str(tiny.root_certificate))
    with RawClient(tiny) as client:
        for request in order:
            client.send(request)
            answer = client.read(1)
            assert answer == (b"S" if request == SSL_REQUEST else b"N")
            if answer == b"S":
                client.socket = context.wrap_socket(client.socket, server_hostname="localhost")
        assert client.log_in()[b"Z"] == b"I"


@pytest.mark.parametrize("request_twice", [SSL_REQUEST, GSSENC_REQUEST])
def test_asking_twice_ends_it(tmp_path: Path, request_twice: bytes) -> None:
    with tiny_server(tmp_path, tls_mode=TlsMode.DISABLE) as server, RawClient(server) as client:
        client.send(request_twice)
        assert client.read(1) == b"N"
        client.send(request_twice)
        assert is_told(client.read_to_end(), b"08P01")


def test_plain_bytes_stuffed_behind_the_request_for_tls_end_it(tiny: TinyServer) -> None:
    with RawClient(tiny) as client:
        client.send(SSL_REQUEST + startup(user=USER))
        assert client.read_to_end() == b""


@pytest.mark.parametrize("names", [[], ["http/1.1"]])
def test_direct_tls_needs_the_name_of_the_protocol(tiny: TinyServer, names: list[str]) -> None:
    context = ssl.create_default_context(cafile=str(tiny.root_certificate))
    if names:
        context.set_alpn_protocols(names)
    with RawClient(tiny) as client:
        client.socket = context.wrap_socket(client.socket, server_hostname="localhost")
        assert client.read_to_end() == b""
    assert serves(tiny)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(tiny: TinyServer) -> None:
    context = ssl.create_default_context(cafile=str(tiny.root_certificate))
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with RawClient(tiny) as client:
        client.send(SSL_REQUEST)
        assert client.read(1) == b"S"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(client.socket, server_hostname="localhost")


@pytest.mark.parametrize(
    ("packet", "sqlstate"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"08P01"),
        (b"\0\0\0\0", b"08P01"),
        (struct.pack("!I", 10_001), b"08P01"),
        (struct.pack("!I", 2**32 - 1), b"08P01"),
        (struct.pack("!II", 8, 3 << 16), b"08P01"),
        (struct.pack("!II", 8, 2 << 16), b"0A000"),
        (struct.pack("!II", 8, 4 << 16), b"0A000"),
        (startup(database="x"), b"28000"),
        (startup(user=USER)[:-1] + b"x", b"08P01"),
    ],
)
def test_a_bad_opening_is_told_and_closed(tiny: TinyServer, packet: bytes, sqlstate: bytes) -> None:
    with RawClient(tiny) as client:
        client.send(packet)
        assert is_told(client.read_to_end(), sqlstate)


def test_garbage_of_any_kind_leaves_the_server_serving(tiny: TinyServer) -> None:
    dice = random.Random(7)
    for _ in range(60):
        with RawClient(tiny) as client:
            prefix = dice.choice([b"", SSL_REQUEST, GSSENC_REQUEST, startup(user=USER), b"\x16\x03\x01"])
            client.send(prefix + dice.randbytes(dice.randrange(1, 400)))
            client.socket.shutdown(socket.SHUT_WR)
            client.read_to_end()
    assert serves(tiny)


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        (b"p" + struct.pack("!I", 2**31), b"54000"),
        (b"p" + struct.pack("!I", 70_000), b"54000"),
        (b"p" + struct.pack("!I", 3), b"08P01"),
        (b"!\0\0\0\4", b"08P01"),
        (frame(b"Q", b"SELECT 1\0"), b"08P01"),
        (frame(b"p", b"PLAIN\0\0\0\0\0"), b"08P01"),
        (frame(b"p", b"SCRAM-SHA-256-PLUS\0\0\0\0\0"), b"08P01"),
        (frame(b"p", b"SCRAM-SHA-256\0\0\0\0\4n,,n"), b"08P01"),
        (frame(b"p", b"SCRAM-SHA-256\0\x7f\xff\xff\xff"), b"08P01"),
        (frame(b"p", b""), b"08P01"),
    ],
)
def test_a_bad_message_before_the_login_is_told_and_closed(tiny: TinyServer, message: bytes, sqlstate: bytes) -> None:
    with RawClient(tiny) as client:
        client.send(startup(user=USER))
        assert client.message()[0] == b"R"
        client.send(message)
        assert is_told(client.read_to_end(), sqlstate)


@pytest.mark.parametrize("opening", [b"", b"\0", SSL_REQUEST, startup(user=USER), startup(user=USER)[:-3]])
def test_who_does_not_get_on_is_cut_off(tmp_path: Path, opening: bytes) -> None:
    with tiny_server(tmp_path, setup_seconds=0.5) as server, RawClient(server) as client:
        client.send(opening)
        started = time.monotonic()
        client.read_to_end()
        assert time.monotonic() - started < 8


def test_a_byte_now_and_then_does_not_win_time(tmp_path: Path) -> None:
    with tiny_server(tmp_path, setup_seconds=0.5) as server, RawClient(server) as client:
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the bytes finds it closed is open
            for byte in startup(user=USER, application_name="x" * 1000):
                client.send(bytes([byte]))
                time.sleep(0.02)
        assert serves(server)


def test_a_flood_of_silent_connections_pushes_out_itself(tmp_path: Path) -> None:
    with tiny_server(tmp_path, unauthenticated=20) as server, ExitStack() as stack:
        silent = [stack.enter_context(RawClient(server)) for _ in range(200)]
        assert serves(server)
        assert silent[0].read_to_end() == b""
        silent[-1].send(startup(user=USER))
        assert silent[-1].message()[0] == b"R"


def test_one_address_gets_its_share(tmp_path: Path) -> None:
    with tiny_server(tmp_path, per_address=3) as server, ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(psycopg.connect(server.dsn()))
        with pytest.raises(psycopg.OperationalError, match="too many connections from this address"):
            psycopg.connect(server.dsn())
        stack.close()
        wait_until_empty(server)
        assert serves(server)


def test_a_full_server_says_so_after_the_password(tmp_path: Path) -> None:
    with tiny_server(tmp_path, connections=2) as server, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(psycopg.connect(server.dsn()))
        with pytest.raises(psycopg.OperationalError, match="too many clients already"):
            psycopg.connect(server.dsn())
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.dsn(password="wrong"))
        stack.close()
        wait_until_empty(server)
        assert server.people.inside == 0


def test_guessing_is_stopped_even_with_the_right_password(tmp_path: Path) -> None:
    with tiny_server(tmp_path, failures=5) as server:
        for _ in range(5):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(server.dsn(password="wrong"))
        with pytest.raises(psycopg.OperationalError, match="too many failed logins"):
            psycopg.connect(server.dsn())
        psycopg.connect(server.dsn(user="pällän", password="pässwörd")).close()


def wait_until_empty(server: TinyServer) -> None:
    deadline = time.monotonic() + 10
    while server.listener.clients():
        assert time.monotonic() < deadline
        time.sleep(0.01)

"""Real clients log in, with and without TLS, and are refused in the words they know."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
import time
from pathlib import Path

import asyncpg
import pg8000.native
import psycopg
import pytest

from tests.wire.pgwire.tiny_server import PASSWORD, USER, TinyServer, tiny_server
from workspaces.pgwire.visit import TlsMode

PSQL = shutil.which("psql") or shutil.which("psql", path="/usr/lib/postgresql/15/bin")


def psql(
    server: TinyServer, *arguments: str, password: str = PASSWORD, **changes: object
) -> subprocess.CompletedProcess[str]:
    if PSQL is None:
        pytest.skip("psql is not installed")
    dsn = server.dsn(password=f"'{password}'", **changes)
    environment = {**os.environ, "LC_ALL": "C"}
    command = [PSQL, dsn, "-w", "-X", "-A", "-t", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


TLS = [
    {"sslmode": "disable"},
    {"sslmode": "prefer"},
    {"sslmode": "require"},
    {"sslmode": "require", "channel_binding": "require"},
    {"sslmode": "require", "channel_binding": "disable"},
    {"sslmode": "require", "sslnegotiation": "direct"},
    {"sslmode": "verify-ca"},
    {"sslmode": "verify-full"},
    {"sslmode": "require", "max_protocol_version": "latest"},
    {"sslmode": "require", "gssencmode": "disable"},
]


@pytest.mark.parametrize("options", TLS, ids=lambda options: " ".join(options.values()))
def test_psycopg_logs_in(tiny: TinyServer, options: dict[str, str]) -> None:
    if "verify" in options["sslmode"]:
        options = options | {"sslrootcert": str(tiny.root_certificate)}
    with psycopg.connect(tiny.dsn(**options), autocommit=True) as connection:
        assert connection.execute("SELECT 1").fetchone() == ("1",)
        assert bool(connection.pgconn.ssl_in_use) == (options["sslmode"] != "disable")


def test_psycopg_sees_the_parameters(tiny: TinyServer) -> None:
    dsn = tiny.dsn(application_name="report", options="'-c TimeZone=Europe/Prague -c x.y=a\\\\ b'")
    with psycopg.connect(dsn, autocommit=True) as connection:
        status = connection.info.parameter_status
        assert connection.info.server_version == 150000
        expected = {
            "server_encoding": "UTF8",
            "client_encoding": "UTF8",
            "DateStyle": "ISO, MDY",
            "IntervalStyle": "postgres",
            "TimeZone": "Europe/Prague",
            "integer_datetimes": "on",
            "standard_conforming_strings": "on",
            "application_name": "report",
            "session_authorization": USER,
            "is_superuser": "off",
            "default_transaction_read_only": "off",
            "in_hot_standby": "off",
        }
        assert {name: status(name) for name in expected} == expected
        assert connection.info.backend_pid > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"password": "wrong"}, 'password authentication failed for user "alice"'),
        ({"user": "nobody"}, 'password authentication failed for user "nobody"'),
        ({"dbname": "expired"}, "Workspace ws_1 has expired"),
        ({"dbname": "missing"}, 'database "missing" does not exist'),
        ({"options": "'-c unknown_setting=1'"}, 'unrecognized configuration parameter "unknown_setting"'),
        ({"client_encoding": "LATIN1"}, 'invalid value for parameter "client_encoding"'),
        ({"replication": "database"}, "replication is not supported"),
        ({"sslmode": "require", "password": "wrong", "channel_binding": "require"}, "password authentication failed"),
        ({"sslmode": "disable", "channel_binding": "require"}, "channel binding"),
    ],
)
def test_psycopg_is_told_why_it_is_refused(tiny: TinyServer, changes: dict[str, str], message: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="(?s)" + message.replace("(", r"\(")):
        psycopg.connect(tiny.dsn(**changes))


def test_another_servers_certificate_is_not_trusted(tiny: TinyServer, tmp_path: Path) -> None:
    with tiny_server(tmp_path) as other, pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(tiny.dsn(sslmode="verify-ca", sslrootcert=other.root_certificate))


def test_a_password_beyond_ascii(tiny: TinyServer) -> None:
    with psycopg.connect(tiny.dsn(user="pällän", password="pässwörd"), autocommit=True) as connection:
        assert connection.execute("žluťoučký").fetchone() == ("žluťoučký",)


def test_warnings_at_the_door(tiny: TinyServer) -> None:
    done = psql(tiny, "-c", "SELECT 1", dbname="old")
    assert done.stdout == "1\n"
    assert "expires within an hour" in done.stderr


@pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
def test_psql_logs_in(tiny: TinyServer, sslmode: str) -> None:
    done = psql(tiny, "-c", "SELECT 1", "-c", "SELECT 2", sslmode=sslmode)
    assert (done.stdout, done.stderr, done.returncode) == ("1\n2\n", "", 0)


def test_psql_is_told_of_a_wrong_password(tiny: TinyServer) -> None:
    done = psql(tiny, "-c", "SELECT 1", password="wrong")
    assert 'FATAL:  password authentication failed for user "alice"' in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("with_tls", [False, True])
def test_asyncpg_logs_in(tiny: TinyServer, with_tls: bool) -> None:
    async def run() -> str:
        context = ssl.create_default_context(cafile=str(tiny.root_certificate)) if with_tls else False
        connection = await asyncpg.connect(
            host="localhost" if with_tls else "127.0.0.1",
            port=tiny.port,
            user=USER,
            password=PASSWORD,
            database="ws_1",
            ssl=context,
            timeout=10,
        )
        try:
            assert connection.get_server_version().major == 15
            return await connection.execute("SELECT 1")
        finally:
            await connection.close(timeout=5)

    assert asyncio.run(run()) == "SELECT 1"


def test_asyncpg_is_told_of_a_wrong_password(tiny: TinyServer) -> None:
    async def run() -> None:
        await asyncpg.connect(
            host="127.0.0.1", port=tiny.port, user=USER, password="wrong", database="ws_1", ssl=False, timeout=10
        )

    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(run())


@pytest.mark.parametrize("with_tls", [False, True])
def test_pg8000_logs_in(tiny: TinyServer, with_tls: bool) -> None:
    context = ssl.create_default_context(cafile=str(tiny.root_certificate)) if with_tls else False
    host = "localhost" if with_tls else "127.0.0.1"
    with pg8000.native.Connection(
        USER, host=host, port=tiny.port, password=PASSWORD, database="ws_1", ssl_context=context
    ) as connection:
        assert connection.run("SELECT 1") == [["1"]]


def test_pg8000_is_told_of_a_wrong_password(tiny: TinyServer) -> None:
    with pytest.raises(pg8000.native.DatabaseError, match="28P01"):
        pg8000.native.Connection(USER, host="127.0.0.1", port=tiny.port, password="wrong", ssl_context=False)


@pytest.mark.parametrize(
    "options",
    [{"sslmode": "disable"}, {"sslmode": "require"}, {"sslmode": "require", "max_protocol_version": "latest"}],
    ids=lambda options: " ".join(options.values()),
)
def test_psycopg_cancels_its_statement(tiny: TinyServer, options: dict[str, str]) -> None:
    with psycopg.connect(tiny.dsn(**options), autocommit=True) as connection:
        session = tiny.sessions[-1]
        canceller = threading.Thread(target=cancel_when_running, args=(connection, session))
        canceller.start()
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to user request"):
            connection.execute("sleep")
        canceller.join()
        assert connection.execute("SELECT 2").fetchone() == ("2",)


def cancel_when_running(connection: psycopg.Connection, session: object) -> None:
    deadline = time.monotonic() + 10
    while not session.client.guard.is_running and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.005)
    connection.cancel_safe()


def test_a_cancel_while_idle_hits_nothing(tiny: TinyServer) -> None:
    with psycopg.connect(tiny.dsn(), autocommit=True) as connection:
        connection.cancel_safe()
        assert connection.execute("SELECT 3").fetchone() == ("3",)


def test_cleartext_is_asked_for_over_tls_only(tmp_path: Path) -> None:
    with tiny_server(tmp_path, asks_cleartext=True) as server:
        for options in ({"sslmode": "require", "require_auth": "password"}, {"require_auth": "scram-sha-256"}):
            with psycopg.connect(server.dsn(**options), autocommit=True) as connection:
                assert connection.execute("SELECT 1").fetchone() == ("1",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.dsn(sslmode="require", password="wrong"))


def test_a_server_may_require_tls_and_may_have_none(tmp_path: Path) -> None:
    with tiny_server(tmp_path / "a", tls_mode=TlsMode.REQUIRE) as server:
        with pytest.raises(psycopg.OperationalError, match="connection requires TLS"):
            psycopg.connect(server.dsn(sslmode="disable"))
        psycopg.connect(server.dsn(sslmode="require")).close()
    with tiny_server(tmp_path / "b", tls_mode=TlsMode.DISABLE) as server:
        with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
            psycopg.connect(server.dsn(sslmode="require"))
        psycopg.connect(server.dsn(sslmode="prefer")).close()


def test_a_replaced_certificate_is_served_without_a_restart(tmp_path: Path) -> None:
    with tiny_server(tmp_path / "old") as server, tiny_server(tmp_path / "new") as other:
        for name in ("server.key", "server.crt"):
            shutil.copy(other.directory / name, server.directory / name)
        options = {"sslmode": "verify-full", "sslrootcert": other.root_certificate, "channel_binding": "require"}
        with psycopg.connect(server.dsn(**options), autocommit=True) as connection:
            assert connection.execute("SELECT 1").fetchone() == ("1",)

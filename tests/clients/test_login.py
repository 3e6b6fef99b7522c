"""Each client gets in as it should, with and without TLS, and is told in its own words when it does not."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pg8000.dbapi
import psycopg
import pytest

from tests.cast import Person
from tests.clients.conftest import CONNECTIONS
from tests.clients.drivers import ClientError, connected, tls
from tests.clients.matrix import by, covers
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace, sql_server

ALL = ("libpq C", "psycopg2", "psycopg 3", "asyncpg", "pg8000", "SQLAlchemy 2")
ON_LIBPQ = ("libpq C", "psycopg2", "psycopg 3", "SQLAlchemy 2")


@pytest.fixture(scope="module")
def certificate(sql: SqlServer) -> str:
    return str(sql.live.data_dir / "tls" / "server.crt")


def with_tls(client: str, certificate: str) -> dict[str, Any]:
    """What each calls a connection that checks the certificate and the name of the server."""
    if client in ON_LIBPQ:
        return {"host": "localhost", "sslmode": "verify-full", "sslrootcert": certificate}
    return {"host": "localhost", "ssl_context" if client == "pg8000" else "ssl": tls(certificate)}


@by(*ALL, covering="TLS require / verify-full / direct")
def test_tls_with_a_checked_certificate(login: Login, certificate: str, client: str) -> None:
    with connected(client, login, **with_tls(client, certificate)) as db:
        assert db.run("SELECT 'in'") == [("in",)]


@by("asyncpg", "pg8000", covering="TLS require / verify-full / direct")
def test_another_name_in_the_certificate_is_noticed(login: Login, certificate: str, client: str) -> None:
    context = tls(certificate)
    options = {"host": "127.0.0.2", "ssl_context" if client == "pg8000" else "ssl": context}
    with pytest.raises((ssl.SSLError, pg8000.dbapi.Error)), connected(client, login, **options):
        pass


@by("libpq C", "psycopg 3", covering="TLS require / verify-full / direct")
def test_tls_without_asking_first(login: Login, client: str) -> None:
    with connected(client, login, sslmode="require", sslnegotiation="direct") as db:
        assert db.run("SELECT 'in'") == [("in",)]


@by(*ON_LIBPQ, covering=("channel binding (PLUS)", "SCRAM-SHA-256"))
def test_the_password_is_bound_to_the_channel(login: Login, certificate: str, client: str) -> None:
    options = {"sslmode": "require", "channel_binding": "require", "require_auth": "scram-sha-256"}
    if client == "psycopg2":
        options.pop("require_auth")
    with connected(client, login, **options) as db:
        assert db.run("SELECT 'in'") == [("in",)]


@by(*ALL, covering=("SCRAM-SHA-256", "plaintext when allowed, refused when not"))
def test_a_connection_without_tls(login: Login, client: str) -> None:
    with connected(client, login) as db:
        assert db.run("SELECT 'in'") == [("in",)]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that wants TLS."""
    with sql_server(tmp_path_factory.mktemp("strict"), PGWIRE_SSL_MODE="require") as server:
        yield server.port


@by(*ALL, covering="plaintext when allowed, refused when not")
def test_plain_text_is_refused_where_tls_is_required(strict: int, client: str) -> None:
    nobody = Login(strict, "", "postgres", "nobody", "x")
    with pytest.raises(ClientError, match="requires TLS"), connected(client, nobody):
        pass


@by(*ALL, covering="wrong password, expired, limit: clean error")
def test_a_refusal_is_told(sql: SqlServer, ana: tuple[Person, Login], client: str) -> None:
    expired = make_workspace(sql, ana[0], ttl_hours=1)
    past = datetime.datetime(2020, 1, 1).isoformat(" ")
    sql.server.execute("UPDATE workspaces_workspace SET expires_at = ? WHERE id = ?", past, expired.workspace_id)
    with pytest.raises(ClientError, match="password authentication failed") as wrong:
        connected(client, replace(expired, password="wrong")).__enter__()
    with pytest.raises(ClientError, match="has expired") as late:
        connected(client, expired).__enter__()
    if client in ("asyncpg", "pg8000"):
        assert [wrong.value.sqlstate, late.value.sqlstate] == ["28P01", "57P03"]


@by(*ALL, covering="wrong password, expired, limit: clean error")
def test_one_connection_too_many_is_told(full: Login, client: str) -> None:
    with pytest.raises(ClientError, match="too many connections for workspace"):
        connected(client, full).__enter__()


@pytest.fixture(scope="module")
def full(sql: SqlServer, ana: tuple[Person, Login]) -> Iterator[Login]:
    """A workspace with no connection left."""
    login = make_workspace(sql, ana[0])
    taken = [psycopg.connect(login.dsn()) for _ in range(CONNECTIONS)]
    yield login
    for connection in taken:
        connection.close()


@by(*ALL, covering="start-up options and GUCs")
def test_settings_come_with_the_connection(login: Login, client: str) -> None:
    options: dict[str, Any] = {"application_name": "report", "options": "'-c TimeZone=Asia/Kolkata -c x.y=z'"}
    if client == "asyncpg":
        options = {"server_settings": {"application_name": "report", "TimeZone": "Asia/Kolkata", "x.y": "z"}}
    elif client in ("pg8000", "SQLAlchemy 2"):
        options["options"] = options["options"].strip("'")
    if client == "pg8000":
        options["startup_params"] = {"options": options.pop("options")}
    with connected(client, login, **options) as db:
        assert [db.run(f"SHOW {name}")[0][0] for name in ("application_name", "TimeZone")] == ["report", "Asia/Kolkata"]
        assert db.run("SELECT current_setting('x.y')") == [("z",)]
        db.run("SET TimeZone = 'UTC'")
        db.run("RESET TimeZone")
        assert db.run("SHOW TimeZone") == [("Asia/Kolkata",)]


@covers("psycopg 3", "start-up options and GUCs")
def test_an_unknown_setting_is_refused(login: Login) -> None:
    with pytest.raises(psycopg.OperationalError, match='unrecognized configuration parameter "nonsense"'):
        psycopg.connect(login.dsn(options="'-c nonsense=1'"))


def test_the_certificate_is_where_the_docs_say(certificate: str) -> None:
    assert Path(certificate).exists()

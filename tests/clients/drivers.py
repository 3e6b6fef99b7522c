"""The Python clients behind one face, so that one test says the same thing to each of them."""

from __future__ import annotations

import asyncio
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import sqlalchemy
from psycopg import pq

from tests.wire.pgwire.sql_cast import Login

Row = tuple[Any, ...]


class ClientError(Exception):
    """What the server answered, out of the client's own exception."""

    def __init__(self, sqlstate: str | None, message: str) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate


class Driver(ABC):
    """A connection in autocommit; `?` stands for a value in all of them."""

    def __init__(self, login: Login, **options: Any) -> None:
        self.login = login
        with self.errors():
            self.open(options)

    def run(self, sql: str, *values: Any) -> list[Row]:
        """The rows of one statement, an empty list without any. Raises ClientError."""
        with self.errors():
            return [tuple(row) for row in self.execute(sql, values)]

    @abstractmethod
    def open(self, options: dict[str, Any]) -> None: ...

    @abstractmethod
    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Any]: ...

    @abstractmethod
    def close(self) -> None: ...

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except (psycopg2.Error, psycopg.Error, asyncpg.PostgresError, pg8000.dbapi.Error) as error:
            raise ClientError(_sqlstate_of(error), str(error)) from error
        except sqlalchemy.exc.DBAPIError as error:
            raise ClientError(_sqlstate_of(error.orig), str(error)) from error


def _sqlstate_of(error: BaseException | None) -> str | None:
    if isinstance(error, pg8000.dbapi.Error):
        details = error.args[0] if error.args else None
        return details.get("C") if isinstance(details, dict) else None
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


class Libpq(Driver):
    """The C library, without a driver above it: all values are text."""

    def open(self, options: dict[str, Any]) -> None:
        self.connection = pq.PGconn.connect(self.login.dsn(**options).encode())
        if self.connection.status != pq.ConnStatus.OK:
            raise ClientError(None, self.connection.get_error_message())

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        texts = [None if value is None else str(value).encode() for value in values]
        result = self.connection.exec_params(numbered(sql).encode(), texts)
        if result.status in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE):
            state = result.error_field(pq.DiagnosticField.SQLSTATE)
            raise ClientError(state and state.decode(), result.get_error_message())
        rows = range(result.ntuples)
        return [tuple(_text(result.get_value(row, column)) for column in range(result.nfields)) for row in rows]

    def close(self) -> None:
        self.connection.finish()


class Psycopg2(Driver):
    def open(self, options: dict[str, Any]) -> None:
        self.connection = psycopg2.connect(self.login.dsn(**options))
        self.connection.autocommit = True

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s"), values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.connection.close()


class Psycopg3(Driver):
    is_binary = False

    def open(self, options: dict[str, Any]) -> None:
        self.connection = psycopg.connect(self.login.dsn(**options), autocommit=True)

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        with self.connection.cursor(binary=self.is_binary) as cursor:
            cursor.execute(sql.replace("?", "%b" if self.is_binary else "%s"), values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.connection.close()


class Psycopg3Binary(Psycopg3):
    is_binary = True


class Asyncpg(Driver):
    def open(self, options: dict[str, Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self.connection = self.loop.run_until_complete(asyncpg.connect(**url_options(self.login) | options))

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return self.loop.run_until_complete(self.connection.fetch(numbered(sql), *values))

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close(timeout=5))
        self.loop.close()


class Pg8000(Driver):
    def open(self, options: dict[str, Any]) -> None:
        named = url_options(self.login)
        named["ssl_context"] = named.pop("ssl")
        self.connection = pg8000.dbapi.connect(**named | options)
        self.connection.autocommit = True

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.execute(sql.replace("?", "%s"), values)
        return list(cursor.fetchall()) if cursor.description else []

    def close(self) -> None:
        self.connection.close()


class SqlAlchemy(Driver):
    """On psycopg 3."""

    def open(self, options: dict[str, Any]) -> None:
        self.engine = engine(self.login, **options)
        self.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def execute(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        names = {f"p{number}": value for number, value in enumerate(values, 1)}
        result = self.connection.execute(sqlalchemy.text(numbered(sql, ":p")), names)
        return list(result.all()) if result.returns_rows else []

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


DRIVERS: dict[str, type[Driver]] = {
    "libpq C": Libpq,
    "psycopg2": Psycopg2,
    "psycopg 3": Psycopg3,
    "psycopg 3 binary": Psycopg3Binary,
    "asyncpg": Asyncpg,
    "pg8000": Pg8000,
    "SQLAlchemy 2": SqlAlchemy,
}


@contextmanager
def connected(client: str, login: Login, **options: Any) -> Iterator[Driver]:
    driver = DRIVERS[client](login, **options)
    try:
        yield driver
    finally:
        driver.close()


def engine(login: Login, **options: Any) -> sqlalchemy.Engine:
    url = sqlalchemy.URL.create(
        "postgresql+psycopg", login.user, login.password, "127.0.0.1", login.port, login.database
    )
    return sqlalchemy.create_engine(url, connect_args={"sslmode": "disable"} | options)


def url_options(login: Login) -> dict[str, Any]:
    """For clients that are no libpq; without TLS unless `ssl` is replaced."""
    address: dict[str, Any] = {"host": "127.0.0.1", "port": login.port, "database": login.database}
    return address | {"user": login.user, "password": login.password, "ssl": False}


def tls(certificate: str) -> ssl.SSLContext:
    """Checks the certificate and the name `localhost`."""
    return ssl.create_default_context(cafile=certificate)


def numbered(sql: str, prefix: str = "$") -> str:
    """`?` as `$1`, `$2`, ..."""
    numbers = iter(range(1, sql.count("?") + 1))
    return re.sub(r"\?", lambda _: f"{prefix}{next(numbers)}", sql)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()

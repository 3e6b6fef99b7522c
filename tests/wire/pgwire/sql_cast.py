"""A live server with its SQL server, and the workspaces and clients of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.cast import Person, Server, new_project
from tests.live_server import ADMIN_KEY, LiveServer


@dataclass
class SqlServer:
    live: LiveServer
    server: Server

    @property
    def port(self) -> int:
        return self.live.pgwire_port


@dataclass
class Login:
    """A workspace and how to connect to it."""

    port: int
    workspace_id: str
    database: str
    user: str
    password: str

    def dsn(self, **changes: object) -> str:
        options = {"host": "127.0.0.1", "port": self.port, "user": self.user, "password": self.password}
        options |= {"dbname": self.database, "sslmode": "disable", "connect_timeout": 10} | changes
        return " ".join(f"{name}={value}" for name, value in options.items())

    def environment(self) -> dict[str, str]:
        """The same for clients that read the variables of libpq."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
            "PGSSLMODE": "disable",
        }

    def connect(self, *, autocommit: bool = True, **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(), autocommit=autocommit, **options)


@contextmanager
def sql_server(directory: Path, **environment: str) -> Iterator[SqlServer]:
    with LiveServer(directory / "data", PGWIRE_ENABLED="true", **environment) as live:
        server = Server.of(live)
        server.http.post("/backend/init", headers={"Authorization": f"Bearer {ADMIN_KEY}"}).raise_for_status()
        assert live.pgwire_port, live.log_path.read_text()
        yield SqlServer(live, server)
        server.http.close()


@contextmanager
def analyst(sql: SqlServer) -> Iterator[tuple[Person, Login]]:
    """The owner of a fresh project with `in.c-sales.orders` of three rows, and a workspace in it."""
    with new_project(sql.server) as owner:
        owner.make_bucket()
        owner.make_table("in.c-sales", "orders", {"id": "BIGINT", "amount": "DOUBLE"})
        owner.load("id,amount\n1,1.5\n2,2.5\n3,3.5\n", "orders").raise_for_status()
        yield owner, make_workspace(sql, owner)


def make_workspace(sql: SqlServer, owner: Person, **body: Any) -> Login:
    reply: httpx.Response = owner.post("/projects/{p}/workspaces", json={"name": "w"} | body)
    reply.raise_for_status()
    made = reply.json()["connection"]
    return Login(sql.port, reply.json()["id"], made["database"], made["username"], made["password"])


def make_branch_workspace(sql: SqlServer, person: Person) -> Login:
    """In the dev branch of `person`."""
    reply = person.post("/projects/{p}/branches/{br}/workspaces", json={"name": "w"})
    reply.raise_for_status()
    made = reply.json()["connection"]
    return Login(sql.port, reply.json()["id"], made["database"], made["username"], made["password"])

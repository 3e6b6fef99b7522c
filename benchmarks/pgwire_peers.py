"""A kbstore workspace and a PostgreSQL 15 on the same machine, for the benchmarks of the SQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.report import console
from benchmarks.served import PROJECT, Served, serve

POSTGRES = Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 30
#: The server gets as much as its memory allows; PostgreSQL's rule of thumb is a quarter of it.
SHARED_BUFFERS_SHARE = 4
CONNECTIONS = 200
ROWS = 1_000_000
#: Five mixed columns, in words that both understand.
ROW = (
    "i::int8 AS id, round(i * 1.37, 2)::numeric(12, 2) AS amount, i / 7.0::float8 AS price, "
    "'customer number ' || i AS name, timestamp '2024-01-01' + i * interval '1234567 microseconds' AS bought_at"
)


@dataclass(frozen=True)
class Peer:
    """A server that speaks PostgreSQL's protocol, and one account in it."""

    name: str
    port: int
    user: str
    password: str
    database: str
    process_id: int = 0
    served: Served | None = field(default=None, repr=False)

    @property
    def dsn(self) -> str:
        return (
            f"host=127.0.0.1 port={self.port} user={self.user} password={self.password} "
            f"dbname={self.database} sslmode=disable connect_timeout=20"
        )

    @property
    def options(self) -> dict[str, Any]:
        """As asyncpg takes them."""
        found = {"host": "127.0.0.1", "port": self.port, "user": self.user, "password": self.password}
        return found | {"database": self.database, "ssl": False}

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn, autocommit=True)

    def make_table(self, name: str) -> None:
        """In the project of the workspace; kbstore alone has one."""
        if self.served is not None:
            self.served.make_table(name)

    def fill(self, table: str, rows: int, *, row: str = ROW) -> None:
        with self.connect() as connection, console.status(f"{self.name}: making {table} of {rows:,} rows"):
            connection.execute(f"CREATE TABLE {table} AS SELECT {row} FROM generate_series(1, {rows}) AS t(i)")
            if self.name == "PostgreSQL":
                connection.execute(f"VACUUM ANALYZE {table}")

    def resident_bytes(self) -> int:
        """Of the one process that all sessions of kbstore share."""
        status = Path(f"/proc/{self.process_id}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@contextmanager
def both() -> Iterator[tuple[Peer, Peer] | None]:
    """kbstore and PostgreSQL; None, with a word why, where the latter is not installed."""
    if not (POSTGRES / "postgres").exists():
        console.print(f"Skipped: there is no PostgreSQL 15 in {POSTGRES} (Debian: apt install postgresql-15).")
        yield None
        return
    with ExitStack() as stack:
        yield stack.enter_context(kbstore()), stack.enter_context(postgres())


@contextmanager
def kbstore(**settings: str) -> Iterator[Peer]:
    """A server on fresh data, and a workspace in it."""
    settings = {
        "PGWIRE_ENABLED": "true",
        "PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE": str(CONNECTIONS),
        "PGWIRE_MAX_CONNECTIONS_TOTAL": str(CONNECTIONS),
        "LOG_LEVEL": "INFO",
        **settings,
    }
    with serve(**settings) as served:
        made = served.api.call("POST", f"/projects/{PROJECT}/workspaces", {"name": "bench", "size_limit_gb": 50})
        account = made["connection"]
        yield Peer(
            "kbstore",
            served.pgwire_port,
            account["username"],
            account["password"],
            account["database"],
            served.process.pid,
            served,
        )


@contextmanager
def postgres() -> Iterator[Peer]:
    """A cluster in a temporary directory; it does not run as root, so user nobody has it then."""
    with tempfile.TemporaryDirectory(prefix="kbstore-postgres-") as directory:
        data, account = Path(directory) / "data", _account()
        if account:
            shutil.chown(directory, account)
        port = _free_port()
        _run("initdb", "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", user=account)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // SHARED_BUFFERS_SHARE
        options = f"-p {port} -k {directory} -c max_connections={CONNECTIONS} -c shared_buffers={memory >> 10}kB"
        log = Path(directory) / "log"
        _run("pg_ctl", "-D", data, "-l", log, "-w", "-t", str(START_SECONDS), "-o", options, "start", user=account)
        try:
            yield Peer("PostgreSQL", port, "bench", "bench", "postgres")
        finally:
            _run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop", user=account)


def median_of(rounds: list[float]) -> float:
    return sorted(rounds)[len(rounds) // 2]


def _run(program: str, *arguments: str | Path, user: str | None) -> None:
    command = [str(POSTGRES / program), *map(str, arguments)]
    done = subprocess.run(
        command, user=user, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed with {done.returncode}")


def _account() -> str | None:
    return pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

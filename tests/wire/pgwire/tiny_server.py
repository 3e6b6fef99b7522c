"""The real listener in a thread of the test, with one user and a session that knows a handful of words for SQL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workspaces.pgwire.certificates import find_or_make_certificate
from workspaces.pgwire.client import Admission, Client, Notice
from workspaces.pgwire.connection import ConnectionLimits
from workspaces.pgwire.doorkeeper import LoginConfig
from workspaces.pgwire.listener import Listener, ListenerConfig
from workspaces.pgwire.login_limits import LoginLimits
from workspaces.pgwire.messages import backend
from workspaces.pgwire.messages.backend import FieldDescription, TransactionStatus
from workspaces.pgwire.messages.faults import error_response
from workspaces.pgwire.messages.frontend import CopyData, Query, Terminate
from workspaces.pgwire.places import PlaceLimits
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.verifiers import Verifier, make_verifier
from workspaces.pgwire.visit import TlsMode, VisitConfig

USER, PASSWORD = "alice", "correct horse battery staple"
READY = backend.ready_for_query(TransactionStatus.IDLE)
TEXT_OID = 25


class OneUser:
    """Alice may come in, unless she asks for a database that refuses her."""

    def __init__(self) -> None:
        self.verifiers = {USER: make_verifier(PASSWORD), "pällän": make_verifier("pässwörd")}
        self.inside = 0

    async def verifier_of(self, user: str) -> Verifier | None:
        return self.verifiers.get(user)

    async def admit(self, user: str, database: str, address: str) -> Admission:
        if database == "expired":
            raise Refusal("57P03", "Workspace ws_1 has expired", hint="Make another one.")
        if database == "missing":
            raise Refusal("3D000", 'database "missing" does not exist')
        self.inside += 1
        notices = (Notice("expires within an hour"),) if database == "old" else ()
        return Admission(name="ws_1", notices=notices)

    async def dismiss(self, admission: Admission) -> None:
        self.inside -= 1


class TinySession:
    """Answers a query with its own text as one row, except for `sleep`, `flood <megabytes>`, `count` and `crash`."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.connection = client.connection
        self.copied = 0

    async def open(self) -> Mapping[str, str]:
        for name, value in self.client.settings:
            if name == "unknown_setting":
                raise Refusal("42704", f'unrecognized configuration parameter "{name}"')
            if name == "TimeZone":
                return {"TimeZone": value}
        return {}

    async def serve(self) -> None:
        while True:
            message = await self.connection.next_message()
            if isinstance(message, Terminate):
                return
            if isinstance(message, CopyData):
                self.copied += len(message.data)
            if isinstance(message, Query):
                await self.answer(message.sql.strip().rstrip(";"))

    async def close(self) -> None:
        pass

    async def answer(self, sql: str) -> None:
        word, _, argument = sql.partition(" ")
        if word == "crash":
            raise RuntimeError("a secret of ours")
        if word == "sleep":
            await self.sleep()
        elif word == "flood":
            await self.flood(int(argument))
        else:
            self.row(
                {"SELECT": argument, "count": str(self.copied), "settings": repr(self.client.settings)}.get(word, sql)
            )
        await self.connection.flush()

    def row(self, text: str) -> None:
        self.connection.write(backend.row_description([FieldDescription("answer", TEXT_OID)]))
        self.connection.write(backend.data_row([text.encode()]))
        self.connection.write(backend.command_complete("SELECT 1") + READY)

    async def sleep(self) -> None:
        loop, interrupted = asyncio.get_running_loop(), asyncio.Event()
        with self.client.guard.running(lambda: loop.call_soon_threadsafe(interrupted.set)) as statement:
            await interrupted.wait()
        reason = statement.cancelled_by
        assert reason is not None
        self.connection.write(error_response("57014", reason.value) + READY)

    async def flood(self, megabytes: int) -> None:
        self.connection.write(backend.row_description([FieldDescription("answer", TEXT_OID)]))
        row = backend.data_row([b"x" * 1000]) * 64
        for _ in range(megabytes * 16):
            await self.connection.send(row)
        self.connection.write(backend.command_complete(f"SELECT {megabytes * 1024}") + READY)


@dataclass
class TinyServer:
    """What a test may ask of the listener from its own thread."""

    listener: Listener
    loop: asyncio.AbstractEventLoop
    people: OneUser
    directory: Path
    sessions: list[TinySession] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.listener.addresses[0][1]

    @property
    def root_certificate(self) -> Path:
        return self.directory / "server.crt"

    def dsn(self, **changes: object) -> str:
        options = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": f"'{PASSWORD}'", "dbname": "ws_1"}
        options |= {"sslmode": "disable", "connect_timeout": 10} | changes
        return " ".join(f"{name}={value}" for name, value in options.items())

    def stop(self, grace_seconds: float = 0.0) -> None:
        asyncio.run_coroutine_threadsafe(self.listener.stop(grace_seconds=grace_seconds), self.loop).result(30)


@contextmanager
def tiny_server(
    directory: Path,
    *,
    tls_mode: TlsMode = TlsMode.PREFER,
    setup_seconds: float = 10.0,
    stall_seconds: float = 30.0,
    asks_cleartext: bool = False,
    failures: int = 1000,
    **places: int,
) -> Iterator[TinyServer]:
    people, loop, sessions = OneUser(), asyncio.new_event_loop(), []
    certificate = find_or_make_certificate(directory, names=("localhost", "127.0.0.1"))
    limits = ConnectionLimits(write_stall_seconds=stall_seconds, linger_seconds=0.5)
    config = ListenerConfig(
        login=LoginConfig(
            mock_secret=b"tests",
            asks_cleartext=asks_cleartext,
            limits=LoginLimits(failures=failures, address_failures=1000),
        ),
        port=0,
        visits=VisitConfig(tls_mode=tls_mode, certificate=certificate, limits=limits, setup_seconds=setup_seconds),
        places=PlaceLimits(**places),
    )

    def new_session(client: Client) -> TinySession:
        sessions.append(TinySession(client))
        return sessions[-1]

    async def start() -> Listener:
        listener = Listener(config, authenticator=people, sessions=new_session)
        await listener.start()
        return listener

    thread = threading.Thread(target=loop.run_forever, name="tiny server")
    thread.start()
    server = None
    try:
        listener = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        server = TinyServer(listener=listener, loop=loop, people=people, directory=directory, sessions=sessions)
        yield server
    finally:
        if server is not None:
            server.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()

"""The SQL server of a process: a listener in an event loop of its own thread, and who looks after its sessions."""

from __future__ import annotations

import asyncio
import datetime
import threading
import time
from collections.abc import Collection
from typing import Final

import structlog
from django.conf import settings
from django.utils import timezone

from kbstore.errors import KbstoreError
from kbstore.metrics import PGWIRE_CONNECTIONS_ACTIVE, PGWIRE_SESSIONS
from storage.jobs.identity import this_worker
from workspaces.errors import WorkspaceExpired
from workspaces.models import Workspace
from workspaces.models.session import ACTIVE
from workspaces.pgwire.cancellation import CancelReason
from workspaces.pgwire.certificates import ServerCertificate, find_or_make_certificate
from workspaces.pgwire.client import Admission, Client, Notice
from workspaces.pgwire.doorkeeper import LoginConfig
from workspaces.pgwire.listener import Listener, ListenerConfig
from workspaces.pgwire.places import PlaceLimits
from workspaces.pgwire.refusal import Refusal, terminated_by_administrator
from workspaces.pgwire.session.handler import CatalogThreads, WireSession
from workspaces.pgwire.verifiers import Verifier
from workspaces.pgwire.visit import TlsMode, VisitConfig
from workspaces.services.admit_session import admit_session
from workspaces.services.close_session import close_session
from workspaces.services.disconnect import forget_closer, register_closer
from workspaces.services.log_in import find_credential
from workspaces.services.touch_session import touch_session
from workspaces.services.verifier import mock_secret, verifier_for
from workspaces.services.workspace_place import size_of
from workspaces.session_errors import ConnectionLimitReached, SessionNotFound, UnknownWorkspace, WorkspaceNotActive

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.1
_TOUCH_SECONDS: Final = 10.0
_SOON: Final = datetime.timedelta(hours=1)
_NEARLY_FULL: Final = 0.9


class Ticket:
    """What a session needs of its login."""

    def __init__(self, workspace: Workspace, session_id: str, *, reads_storage: bool) -> None:
        self.workspace = workspace
        self.reads_storage = reads_storage
        self.session_id = session_id
        self.watched: _Watched | None = None


class WorkspaceAuthenticator:
    """An Authenticator by the credentials of workspaces."""

    def __init__(self, catalog: CatalogThreads) -> None:
        self._catalog = catalog

    async def verifier_of(self, user: str) -> Verifier | None:
        def find() -> Verifier | None:
            credential = find_credential(user)
            return None if credential is None else verifier_for(user, credential)

        return await self._catalog.wait(find)

    async def admit(self, user: str, database: str, address: str) -> Admission:
        return await self._catalog.wait(_admit, user, database, address)

    async def dismiss(self, admission: Admission) -> None:
        assert isinstance(admission.ticket, Ticket)  # noqa: S101 - made by `admit`
        PGWIRE_CONNECTIONS_ACTIVE.labels(admission.name).dec()
        PGWIRE_SESSIONS.dec()
        watched = admission.ticket.watched
        await self._catalog.wait(_dismiss, admission.ticket.session_id, 0 if watched is None else watched.uncounted)


class WireServer:
    """Start it once, then stop it; both block, for any thread."""

    def __init__(self, *, host: str, port: int) -> None:
        self._catalog = CatalogThreads()
        self._version = f"15.0 (kbstore {settings.VERSION})"
        self._sessions: dict[int, _Watched] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="pgwire", daemon=True)
        self._listener = Listener(
            _config(host, port, self._version),
            authenticator=WorkspaceAuthenticator(self._catalog),
            sessions=self._new_session,
        )
        self._watch: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return self._listener.addresses[0][1]

    def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except BaseException:
            self._end_loop()
            raise
        register_closer(self._close_connections)

    def stop(self, *, grace_seconds: float) -> None:
        """Idle clients leave at once, busy ones have `grace_seconds`."""
        forget_closer(self._close_connections)
        asyncio.run_coroutine_threadsafe(self._stop(grace_seconds), self._loop).result()
        self._end_loop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._catalog.close()

    async def _start(self) -> None:
        await self._listener.start()
        self._watch = asyncio.create_task(self._look_after_sessions())

    async def _stop(self, grace_seconds: float) -> None:
        await self._listener.stop(grace_seconds=grace_seconds)
        if self._watch is not None:
            self._watch.cancel()

    def _new_session(self, client: Client) -> WireSession:
        ticket = client.admission.ticket
        assert isinstance(ticket, Ticket)  # noqa: S101 - made by `admit`
        session = WireSession(
            client,
            workspace=ticket.workspace,
            reads_storage=ticket.reads_storage,
            catalog=self._catalog,
            version=self._version,
            query_seconds=settings.PGWIRE_QUERY_TIMEOUT_SECONDS,
            idle_seconds=settings.PGWIRE_IDLE_TIMEOUT_SECONDS,
        )
        ticket.watched = self._sessions[client.process_id] = _Watched(session, ticket.session_id)
        session.stop_other = lambda process_id, is_for_good: self._stop_other(
            ticket.workspace.pk, process_id, is_for_good=is_for_good
        )
        client.connection.when_lost(lambda: self._sessions.pop(client.process_id, None))
        return session

    def _stop_other(self, workspace_id: str, process_id: int, *, is_for_good: bool) -> bool:
        """From the thread of a session; whether this workspace has such a session."""
        watched = self._sessions.get(process_id)
        if watched is None:
            return False
        client = watched.session.client
        ticket = client.admission.ticket
        if not isinstance(ticket, Ticket) or ticket.workspace.pk != workspace_id:
            return False
        if is_for_good:
            self._loop.call_soon_threadsafe(lambda: client.end(terminated_by_administrator(), is_urgent=True))
        else:
            client.guard.cancel(CancelReason.USER_REQUEST)
        return True

    def _close_connections(self, session_ids: Collection[str]) -> None:
        wanted = set(session_ids)

        def applies(client: Client) -> bool:
            return isinstance(client.admission.ticket, Ticket) and client.admission.ticket.session_id in wanted

        self._listener.end_clients(applies, terminated_by_administrator())

    async def _look_after_sessions(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for watched in list(self._sessions.values()):
                self._look_after(watched)

    def _look_after(self, watched: _Watched) -> None:
        context, client = watched.session.context, watched.session.client
        if context is None:
            return
        # The session's thread changes these at any time.
        now, running, deadline = time.monotonic(), context.output.running, context.deadline
        if running is not None:
            client.connection.look_for_client()
        if running is not None and running.cancelled_by is not None:
            # An interrupt just before the engine begins is lost.
            client.guard.cancel(running.cancelled_by)
        elif deadline is not None and now > deadline:
            client.guard.cancel(CancelReason.TIMEOUT)
        queries = watched.uncounted
        if now - watched.touched_at >= _TOUCH_SECONDS and queries and not watched.is_touching:
            watched.counted, watched.touched_at, watched.is_touching = context.queries, now, True
            watched.task = asyncio.create_task(self._touch(watched, queries))

    async def _touch(self, watched: _Watched, queries: int) -> None:
        try:
            row = await self._catalog.wait(touch_session, session_id=watched.session_id, queries=queries)
            is_open = row.status == ACTIVE
        except SessionNotFound:
            is_open = False
        except Exception:
            log.exception("a session could not be noted")
            is_open = True
        finally:
            watched.is_touching = False
        if not is_open:
            watched.session.client.end(terminated_by_administrator(), is_urgent=True)


class _Watched:
    def __init__(self, session: WireSession, session_id: str) -> None:
        self.session = session
        self.session_id = session_id
        self.touched_at = time.monotonic()
        self.counted = 0
        self.is_touching = False
        self.task: asyncio.Task[None] | None = None

    @property
    def uncounted(self) -> int:
        """Statements that its row does not count yet."""
        return 0 if self.session.context is None else self.session.context.queries - self.counted


def _admit(user: str, database: str, address: str) -> Admission:
    credential = find_credential(user)
    workspace = None if credential is None else Workspace.objects.filter(pk=credential.workspace_id).first()
    if credential is None or workspace is None:
        raise _unknown(user)
    names = ("", "postgres", user, workspace.pk, f"workspace_{workspace.pk}", workspace.handle, workspace.database)
    if database.lower() not in {name.lower() for name in names}:
        raise Refusal("3D000", f'database "{database}" does not exist')
    try:
        row = admit_session(workspace_id=workspace.pk, client_ip=address, worker=this_worker(), username=user)
    except (WorkspaceExpired, WorkspaceNotActive) as error:
        raise Refusal("57P03", error.message, hint="Make a new workspace.") from error
    except ConnectionLimitReached as error:
        raise Refusal("53300", f'too many connections for workspace "{workspace.pk}"') from error
    except UnknownWorkspace as error:
        raise _unknown(user) from error
    if find_credential(user) is None:
        # Dropped before its session could be seen.
        close_session(session_id=row.pk)
        raise _unknown(user)
    PGWIRE_CONNECTIONS_ACTIVE.labels(workspace.pk).inc()
    PGWIRE_SESSIONS.inc()
    ticket = Ticket(workspace, row.pk, reads_storage=credential.reads_storage)
    return Admission(workspace.pk, ticket, _notices(workspace))


def _unknown(user: str) -> Refusal:
    return Refusal("28P01", f'password authentication failed for user "{user}"')


def _notices(workspace: Workspace) -> tuple[Notice, ...]:
    found = []
    if workspace.expires_at is not None and workspace.expires_at - timezone.now() < _SOON:
        found.append(Notice(f"the workspace expires at {workspace.expires_at:%Y-%m-%d %H:%M} UTC"))
    if size_of(workspace) > _NEARLY_FULL * workspace.size_limit_bytes:
        found.append(Notice("the workspace is above 90 % of its size limit"))
    return tuple(found)


def _dismiss(session_id: str, queries: int) -> None:
    try:
        row = touch_session(session_id=session_id, queries=queries)
        if row.status == ACTIVE:
            close_session(session_id=session_id)
    except SessionNotFound:
        log.debug("the session's workspace is gone", session=session_id)
    except KbstoreError as error:
        log.warning("a session could not be closed", session=session_id, code=error.code)


def _config(host: str, port: int, version: str) -> ListenerConfig:
    tls_mode = TlsMode(settings.PGWIRE_SSL_MODE) if settings.PGWIRE_SSL_MODE in _TLS_MODES else TlsMode.PREFER
    login = LoginConfig(mock_secret=mock_secret(), iterations=settings.PGWIRE_SCRAM_ITERATIONS)
    visits = VisitConfig(server_version=version, tls_mode=tls_mode, certificate=_certificate(tls_mode))
    places = PlaceLimits(connections=settings.PGWIRE_MAX_CONNECTIONS_TOTAL)
    return ListenerConfig(login=login, host=host, port=port, visits=visits, places=places)


_TLS_MODES: Final = frozenset(mode.value for mode in TlsMode)


def _certificate(tls_mode: TlsMode) -> ServerCertificate | None:
    if tls_mode is TlsMode.DISABLE:
        return None
    return find_or_make_certificate(settings.DATA_DIR / "tls", names=("localhost", "127.0.0.1", settings.PGWIRE_HOST))

"""Websockets that show job rows: read at each ring and each second, sent when changed."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from typing import Any

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from kbstore import metrics
from kbstore.access import Actor
from storage.live.authentication import NOT_FOUND, SocketRefused, actor_of, offered_protocol
from storage.live.doorbell import job_group, listen, project_group, use_loop
from storage.live.reading import in_thread, read_job, read_project

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
#: A ring during a burst of rings is answered together with the others.
BURST_SECONDS = 0.05
#: A key that is revoked meanwhile, or a user who is locked out, loses the socket after this long.
RECHECK_SECONDS = 30.0
NORMAL, TRY_LATER, FAULT = 1000, 1013, 1011


class JobsConsumer(AsyncWebsocketConsumer):
    """Accepts, authenticates, then repeats `look` until that says that nothing more will come."""

    #: No layer of this name exists: a consumer that has one dies with it, and this one only wants to hear a bell.
    channel_layer_alias = "none"
    open_sockets = 0  # of this process
    actor: Actor

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._rung = asyncio.Event()
        JobsConsumer.open_sockets += 1
        metrics.KBSTORE_WEBSOCKET_CONNECTIONS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            JobsConsumer.open_sockets -= 1
            metrics.KBSTORE_WEBSOCKET_CONNECTIONS.dec()
            for task in self._tasks:
                task.cancel()

    async def connect(self) -> None:
        # Refusals come after accepting: browsers hide the reason of a refused handshake.
        await self.accept(subprotocol=offered_protocol(self.scope))
        if JobsConsumer.open_sockets > settings.MAX_SOCKETS:
            await self.close(code=TRY_LATER, reason="Too many sockets are open. Try again later.")
            return
        use_loop(asyncio.get_running_loop())
        self._tasks.append(asyncio.create_task(self._show()))

    @property
    @abstractmethod
    def group(self) -> str:
        """The name of the doorbell."""

    @abstractmethod
    async def look(self) -> bool:
        """Send what is new; True when the last word has been said."""

    async def _show(self) -> None:
        try:
            self.actor = await in_thread(actor_of, self.scope)
            self._tasks.append(asyncio.create_task(listen(self.group, self._rung)))
            await self._look_again_and_again()
            await self.close(code=NORMAL)
        except SocketRefused as refusal:
            await self.close(code=refusal.code, reason=refusal.reason)
        except OSError:  # the client has gone
            return
        except Exception as error:  # noqa: BLE001 - the websocket consumer: a fault ends this socket, with a code
            log.error("job socket failed", path=self.scope["path"], exc_info=error)
            await self.close(code=FAULT)

    async def _look_again_and_again(self) -> None:
        checked_at = time.monotonic()
        while not await self.look():
            await self._ring_or_second()
            if time.monotonic() - checked_at > RECHECK_SECONDS:
                self.actor = await in_thread(actor_of, self.scope)
                checked_at = time.monotonic()

    async def _ring_or_second(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._rung.wait()
            await asyncio.sleep(BURST_SECONDS)
        except TimeoutError:
            pass
        self._rung.clear()


class JobConsumer(JobsConsumer):
    """`/ws/jobs/<id>/`: one job until it has ended."""

    _sent = ""

    @property
    def group(self) -> str:
        return job_group(self.scope["url_route"]["kwargs"]["job_id"])

    async def look(self) -> bool:
        text, is_final = await in_thread(read_job, self.actor, self.scope["url_route"]["kwargs"]["job_id"])
        if text != self._sent:
            self._sent = text
            await self.send(text_data=text)
        return is_final


class ProjectJobsConsumer(JobsConsumer):
    """`/ws/projects/<id>/jobs/`: the recent jobs of a project, and every change from then on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: set[str] = set()
        self._sent: dict[str, str] = {}

    @property
    def group(self) -> str:
        return project_group(self.scope["url_route"]["kwargs"]["project_id"])

    async def look(self) -> bool:
        project_id = self.scope["url_route"]["kwargs"]["project_id"]
        jobs = await in_thread(read_project, self.actor, project_id, frozenset(self._open))
        for job_id, text, _ in jobs:
            if self._sent.get(job_id) != text:
                await self.send(text_data=text)
        # Only what was read just now can come again: a finished job that is no longer among the recent ones is done.
        self._sent = {job_id: text for job_id, text, _ in jobs}
        self._open = {job_id for job_id, _, is_final in jobs if not is_final}
        return False


class NoSuchSocket(AsyncWebsocketConsumer):
    """Any other path."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=NOT_FOUND, reason="There is no websocket at this path.")

"""Websockets that show job rows: each sends what its feed has read, when it has changed."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from contextlib import suppress
from typing import Any

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from kbstore import metrics
from kbstore.access import Actor
from storage.live.authentication import NOT_FOUND, SocketRefused, actor_of, offered_protocol
from storage.live.doorbell import job_group, project_group, use_loop
from storage.live.feeds import feed_of
from storage.live.reading import SeenJob, check_job, check_project, in_thread, read_job, read_project

log = structlog.get_logger(__name__)

#: A key that is revoked meanwhile, or a user who is locked out, loses the socket after this long.
RECHECK_SECONDS = 30.0
NORMAL, TRY_LATER, FAULT = 1000, 1013, 1011


class JobsConsumer(AsyncWebsocketConsumer):
    """Accepts, authenticates, then tells what its feed reads until that says that nothing more will come."""

    #: No layer of this name exists: a consumer that has one dies with it, and this one only wants to hear a bell.
    channel_layer_alias = "none"
    open_sockets = 0  # of this process
    actor: Actor

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._task: asyncio.Task[None] | None = None
        JobsConsumer.open_sockets += 1
        metrics.KBSTORE_WEBSOCKET_CONNECTIONS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            JobsConsumer.open_sockets -= 1
            metrics.KBSTORE_WEBSOCKET_CONNECTIONS.dec()
            if self._task is not None:
                self._task.cancel()

    async def connect(self) -> None:
        # Refusals come after accepting: browsers hide the reason of a refused handshake.
        await self.accept(subprotocol=offered_protocol(self.scope))
        if JobsConsumer.open_sockets > settings.MAX_SOCKETS:
            await self.close(code=TRY_LATER, reason="Too many sockets are open. Try again later.")
            return
        use_loop(asyncio.get_running_loop())
        self._task = asyncio.create_task(self._show())

    @property
    @abstractmethod
    def group(self) -> str:
        """The name of the doorbell."""

    @property
    @abstractmethod
    def key(self) -> tuple[str, ...]:
        """The same for all sockets that may see the same jobs."""

    @abstractmethod
    def check(self) -> None:
        """Raise SocketRefused if the actor may not look. Blocks on the catalog."""

    @abstractmethod
    def read(self, unfinished: frozenset[str]) -> list[SeenJob]:
        """What all sockets with this key see. Blocks on the catalog."""

    @abstractmethod
    async def tell(self, jobs: list[SeenJob]) -> bool:
        """Send what is new; True when the last word has been said."""

    async def _show(self) -> None:
        try:
            await self._authenticate()
            while not await self._follow():
                continue
            await self.close(code=NORMAL)
        except SocketRefused as refusal:
            await self.close(code=refusal.code, reason=refusal.reason)
        except OSError:  # the client has gone
            return
        except Exception as error:  # noqa: BLE001 - the websocket consumer: a fault ends this socket, with a code
            log.error("job socket failed", path=self.scope["path"], exc_info=error)
            await self.close(code=FAULT)

    async def _authenticate(self) -> None:
        self.actor = await in_thread(actor_of, self.scope)
        await in_thread(self.check)

    async def _follow(self) -> bool:
        """True when the last word has been said, False when the actor may see something else now."""
        key = self.key
        async with feed_of(key, self.group, self.read) as (feed, news):
            recheck_at = time.monotonic() + RECHECK_SECONDS
            while self.key == key:
                with suppress(TimeoutError):
                    async with asyncio.timeout(recheck_at - time.monotonic()):
                        await news.wait()
                if time.monotonic() >= recheck_at:
                    await self._authenticate()
                    recheck_at = time.monotonic() + RECHECK_SECONDS
                if news.is_set():
                    news.clear()
                    if await self.tell(feed.look()):
                        return True
        return False


class JobConsumer(JobsConsumer):
    """`/ws/jobs/<id>/`: one job until it has ended."""

    _sent = ""

    @property
    def job_id(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["job_id"])

    @property
    def group(self) -> str:
        return job_group(self.job_id)

    @property
    def key(self) -> tuple[str, ...]:
        return ("job", self.job_id)

    def check(self) -> None:
        check_job(self.actor, self.job_id)

    def read(self, unfinished: frozenset[str]) -> list[SeenJob]:
        return [read_job(self.job_id)]

    async def tell(self, jobs: list[SeenJob]) -> bool:
        (job,) = jobs
        if job.text != self._sent:
            self._sent = job.text
            await self.send(text_data=job.text)
        return job.is_final


class ProjectJobsConsumer(JobsConsumer):
    """`/ws/projects/<id>/jobs/`: the recent jobs of a project, and every change from then on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sent: dict[str, str] = {}

    @property
    def project_id(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["project_id"])

    @property
    def group(self) -> str:
        return project_group(self.project_id)

    @property
    def key(self) -> tuple[str, ...]:
        return ("project", self.project_id, str(self.actor.role), self.actor.branch_id or "")

    def check(self) -> None:
        check_project(self.actor, self.project_id)

    def read(self, unfinished: frozenset[str]) -> list[SeenJob]:
        return read_project(self.actor, self.project_id, unfinished)

    async def tell(self, jobs: list[SeenJob]) -> bool:
        for job in jobs:
            if self._sent.get(job.id) != job.text:
                await self.send(text_data=job.text)
        # Only what was read just now can come again: a finished job that is no longer among the recent ones is done.
        self._sent = {job.id: job.text for job in jobs}
        return False


class NoSuchSocket(AsyncWebsocketConsumer):
    """Any other path."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=NOT_FOUND, reason="There is no websocket at this path.")

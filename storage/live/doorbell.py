"""Carries rings of the jobs to the sockets that watch them, over the channel layer."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from concurrent.futures import Future
from contextlib import suppress

import structlog
from channels.layers import InMemoryChannelLayer, get_channel_layer

from storage.jobs.progress import register_bell

log = structlog.get_logger(__name__)

RING_TYPE = "job.changed"
_RING_SECONDS = 1.0
#: After a failure the layer is left alone for this long: sockets poll anyway.
_PAUSE_SECONDS = 10.0

_mutex = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_quiet_until = 0.0


def job_group(job_id: str) -> str:
    return f"job.{_digest(job_id)}"


def project_group(project_id: str) -> str:
    return f"project.{_digest(project_id)}"


def _digest(name: str) -> str:
    """A group's name is short and knows few characters; what clients put into a path is neither."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def install() -> None:
    """Ring for every change of a job in this process."""
    register_bell(ring_sockets)


def use_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Ring on this loop from now on: the one on which the sockets of this process live.

    The in-memory layer is a set of asyncio queues, and those may only be touched on the loop of who waits for them.
    """
    global _loop
    with _mutex:
        _loop = loop


def ring_sockets(job_id: str, project_id: str) -> None:
    """Never blocks and never fails: a job must not suffer from a dead channel layer."""
    loop = _ringing_loop()
    if loop is None or time.monotonic() < _quiet_until:
        return
    ringing = _ring(job_group(job_id), project_group(project_id))
    try:
        future: Future[None] = asyncio.run_coroutine_threadsafe(ringing, loop)
    except RuntimeError:  # the loop was closed: the server is going down
        ringing.close()
        return
    future.add_done_callback(_note_failure)


async def listen(group: str, rung: asyncio.Event) -> None:
    """Set `rung` at every ring of the group, until cancelled. While the layer is out of order, nothing rings."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    try:
        while True:
            try:
                await layer.group_add(group, channel)
                while True:
                    await layer.receive(channel)
                    rung.set()
            except Exception as error:  # noqa: BLE001 - the websocket consumer: it looks each second without a bell
                log.warning("job doorbell out of order", error=repr(error))
                await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        with suppress(Exception):
            async with asyncio.timeout(_RING_SECONDS):
                await layer.group_discard(group, channel)


async def _ring(*groups: str) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(_RING_SECONDS):
        for group in groups:
            await layer.group_send(group, {"type": RING_TYPE})


def _note_failure(future: Future[None]) -> None:
    global _quiet_until
    if not future.cancelled() and future.exception() is not None:
        _quiet_until = time.monotonic() + _PAUSE_SECONDS
        log.warning("job doorbell not heard", error=repr(future.exception()))


def _ringing_loop() -> asyncio.AbstractEventLoop | None:
    """The sockets' loop, or in a process without sockets a thread's own; None if nobody could hear the ring."""
    global _loop
    with _mutex:
        if _loop is None and not isinstance(get_channel_layer(), InMemoryChannelLayer):
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="doorbell", daemon=True).start()
        return _loop

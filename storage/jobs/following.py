"""Callers who see the jobs of their work begin, or who have them queued instead of waiting for their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from storage.engine.monitor import Monitor
from storage.models import Job


@dataclass(frozen=True)
class RunningJob:
    """A job of this process; how far it is can be asked in any thread."""

    id: str
    type: str
    monitor: Monitor

    def progress(self) -> tuple[float, int, int]:
        """How much is done, 0 to 1, never going back; rows and bytes, 0 where they are not known."""
        return self.monitor.fraction, self.monitor.rows or 0, self.monitor.bytes or 0


#: Gets a job that begins in this process. Must neither block nor raise.
Follower = Callable[[RunningJob], None]


class JobQueued(BaseException):
    """The work of the block is this job from now on. No `Exception`: nothing on the way out takes it for a failure."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


_is_detached: ContextVar[bool] = ContextVar("is_detached", default=False)
_follower: ContextVar[Follower | None] = ContextVar("follower", default=None)


@contextmanager
def detached() -> Iterator[None]:
    """The first job that the block would wait for is queued, and JobQueued raised: nothing behind it is done."""
    token = _is_detached.set(True)
    try:
        yield
    finally:
        _is_detached.reset(token)


def is_detached() -> bool:
    return _is_detached.get()


@contextmanager
def followed_by(follower: Follower) -> Iterator[None]:
    """Jobs that the block waits for are told to the follower when they begin."""
    token = _follower.set(follower)
    try:
        yield
    finally:
        _follower.reset(token)


def tell_follower(job: Job, monitor: Monitor) -> None:
    follower = _follower.get()
    if follower is not None:
        follower(RunningJob(job.id, job.type, monitor))

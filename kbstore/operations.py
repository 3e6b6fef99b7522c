"""One decorator for every service that a user can call: rights, timing, counting, audit."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

import structlog

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger(__name__)


@dataclass
class Operation:
    """One running call of a service."""

    name: str
    resource_type: str
    actor: Actor
    project_id: str
    branch_id: str | None
    started: float = field(default_factory=time.monotonic)

    @property
    def duration_ms(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


class Recorder(Protocol):
    """Writes one audit event; `error` is None for a success."""

    def __call__(
        self, operation: Operation, *, resource_id: str, details: dict[str, Any], error: str | None, job_id: str | None
    ) -> None: ...


_current: ContextVar[Operation | None] = ContextVar("operation", default=None)
_recorders: list[Recorder] = []


def register_recorder(recorder: Recorder) -> None:
    """Called once by the app that owns the audit table."""
    if recorder not in _recorders:
        _recorders.append(recorder)


def record_success(resource_id: str, *, job_id: str | None = None, **details: Any) -> None:
    """Record the running operation as done: call it inside the transaction that makes the change."""
    operation = _current.get()
    if operation is None:
        raise RuntimeError("record_success() outside of an @operation")
    for recorder in _recorders:
        recorder(operation, resource_id=resource_id, details=details, error=None, job_id=job_id)


def operation(name: str, *, resource_type: str, need: Need) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Wrap a service: `actor` must be allowed `need` in `project_id` and `branch_id` (keyword arguments of the call).

    A refusal (4xx) leaves no audit event; a fault does, with status failed and a cleaned message.
    """

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(service)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            actor: Actor = kwargs["actor"]  # type: ignore[assignment]
            project_id: Any = kwargs.get("project_id")
            branch_id: Any = kwargs.get("branch_id")
            actor.require(need, project_id=project_id, branch_id=branch_id)
            running = Operation(name, resource_type, actor, project_id or "", branch_id)
            token = _current.set(running)
            try:
                return service(*args, **kwargs)
            except BaseException as error:
                _record_fault(running, error, _resource_id(running, kwargs))
                raise
            finally:
                _current.reset(token)
                log.debug("operation", operation=name, project_id=project_id, duration_ms=running.duration_ms)

        return call

    return decorate


def _resource_id(running: Operation, arguments: Mapping[str, Any]) -> str:
    """What the call was about, from its arguments: the service did not get as far as to say it."""
    if running.resource_type == "project":
        return running.project_id
    names = ("bucket_name", "table_name", "name", "key_id", "file_id", "job_id")
    return ".".join(str(arguments[name]) for name in names if arguments.get(name))


def _record_fault(running: Operation, error: BaseException, resource_id: str) -> None:
    if isinstance(error, KbstoreError) and error.http_status < 500:
        return
    message = error.message if isinstance(error, KbstoreError) else type(error).__name__
    for recorder in _recorders:
        recorder(running, resource_id=resource_id, details={}, error=message, job_id=None)

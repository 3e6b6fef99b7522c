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

#: Refusals that leave no event: a stranger must not be able to fill the audit log.
_UNRECORDED = (401, 403, 429)


@dataclass(frozen=True)
class Failure:
    """Why an operation did not do what it was asked for; `message` is one that a user may see."""

    code: str
    message: str


@dataclass
class Operation:
    """One running call of a service; `arguments` are the keywords of the call."""

    name: str
    resource_type: str
    actor: Actor
    project_id: str
    branch_id: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    lock_wait_seconds: float = 0.0

    @property
    def duration_ms(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


class Recorder(Protocol):
    """Writes one audit event; `failure` is None for a success. A failure that cannot be written is only logged."""

    def __call__(
        self,
        operation: Operation,
        *,
        resource_id: str,
        details: dict[str, Any],
        failure: Failure | None,
        job_id: str | None,
    ) -> None: ...


_current: ContextVar[Operation | None] = ContextVar("operation", default=None)
_recorders: list[Recorder] = []
_names: set[str] = set()
#: Told of every finished call, with what it raised.
Observer = Callable[[Operation, BaseException | None], None]
_observers: list[Observer] = []


def names() -> set[str]:
    """Of all operations that there are."""
    return set(_names)


def register_recorder(recorder: Recorder) -> None:
    """Called once by the app that owns the audit table."""
    if recorder not in _recorders:
        _recorders.append(recorder)


def register_observer(observer: Observer) -> None:
    """Called once by whoever counts operations."""
    if observer not in _observers:
        _observers.append(observer)


def _tell_observers(operation: Operation, error: BaseException | None) -> None:
    for observer in _observers:
        observer(operation, error)


def record_success(resource_id: str, *, job_id: str | None = None, **details: Any) -> None:
    """Record the running operation as done: call it inside the transaction that makes the change."""
    operation = _current.get()
    if operation is None:
        raise RuntimeError("record_success() outside of an @operation")
    for recorder in _recorders:
        recorder(operation, resource_id=resource_id, details=details, failure=None, job_id=job_id)


def note_lock_wait(seconds: float) -> None:
    """Remember how long the running operation, if there is one, waited for a lock."""
    operation = _current.get()
    if operation is not None:
        operation.lock_wait_seconds += seconds


def operation(name: str, *, resource_type: str, need: Need) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Wrap a service: `actor` must be allowed `need` in `project_id` and `branch_id` (keyword arguments of the call).

    A call that is refused or fails after that leaves an event with status failed, its code and a cleaned message.
    """

    _names.add(name)

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(service)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            actor: Actor = kwargs["actor"]  # type: ignore[assignment]
            project_id: Any = kwargs.get("project_id")
            branch_id: Any = kwargs.get("branch_id")
            actor.require(need, project_id=project_id, branch_id=branch_id)
            running = Operation(name, resource_type, actor, project_id or "", branch_id, kwargs)
            token = _current.set(running)
            try:
                result = service(*args, **kwargs)
            except BaseException as error:
                _record_failure(running, error)
                _tell_observers(running, error)
                raise
            else:
                _tell_observers(running, None)
                return result
            finally:
                _current.reset(token)
                log.debug("operation", operation=name, project_id=project_id, duration_ms=running.duration_ms)

        return call

    return decorate


def _resource_id(running: Operation) -> str:
    """What the call was about, from its arguments: the service did not get as far as to say it."""
    arguments = running.arguments
    if arguments.get(f"{running.resource_type}_id"):
        return str(arguments[f"{running.resource_type}_id"])
    names = ("bucket_name", "table_name", "column_name", "name", "key_id", "username")
    return ".".join(str(arguments[name]) for name in names if arguments.get(name))


def _record_failure(running: Operation, error: BaseException) -> None:
    if isinstance(error, KbstoreError):
        if error.http_status in _UNRECORDED:
            return
        failure = Failure(error.code, error.message)
    else:
        failure = Failure(KbstoreError.code, type(error).__name__)
    for recorder in _recorders:
        recorder(running, resource_id=_resource_id(running), details={}, failure=failure, job_id=None)

"""Job types: which function does the work of which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kbstore.errors import KbstoreError
from storage.engine.monitor import Monitor
from storage.models import Job

#: Does the work and returns what goes into `job.result` (JSON). It leaves things as they were if it raises.
Execute = Callable[[Job, Monitor], dict[str, Any]]

_types: dict[str, Execute] = {}


class UnknownJobType(KbstoreError):
    code = "unknown_job_type"

    def __init__(self, job_type: str) -> None:
        super().__init__(f"This server cannot run jobs of type {job_type}.", details={"type": job_type})


def register(job_type: str, execute: Execute | None = None) -> Callable[[Execute], Execute]:
    """Name the function of a job type: `register(type, function)`, or `@register(type)` above it."""

    def remember(function: Execute) -> Execute:
        known = _types.setdefault(job_type, function)
        if (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise RuntimeError(f"Job type {job_type} is registered twice")
        _types[job_type] = function
        return function

    if execute is not None:
        remember(execute)
    return remember


def known_types() -> list[str]:
    return sorted(_types)


def executor_of(job_type: str) -> Execute:
    """Raises UnknownJobType."""
    try:
        return _types[job_type]
    except KeyError:
        raise UnknownJobType(job_type) from None

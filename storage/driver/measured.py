"""Counts and times the commands of both doors, under names that callers cannot invent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kbstore.errors import KbstoreError
from kbstore.metrics import GRPC_CONNECTIONS_ACTIVE, GRPC_ERRORS, GRPC_REQUEST_DURATION, GRPC_REQUESTS
from storage.driver.call import CommandFailed
from storage.driver.errors import fault_of
from storage.driver.registry import command_names

_ERROR_TYPES = {
    "INVALID_ARGUMENT": "invalid_argument",
    "NOT_FOUND": "not_found",
    "UNIMPLEMENTED": "unimplemented",
}


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Count the call in the block as one of the command of that name; what it raises is an error of it."""
    label = name if name in command_names() else "unknown"
    started = time.perf_counter()
    GRPC_CONNECTIONS_ACTIVE.inc()
    try:
        yield
    except BaseException as error:
        GRPC_REQUESTS.labels(label, "error").inc()
        GRPC_ERRORS.labels(label, _error_type(error)).inc()
        raise
    else:
        GRPC_REQUESTS.labels(label, "success").inc()
    finally:
        GRPC_CONNECTIONS_ACTIVE.dec()
        GRPC_REQUEST_DURATION.labels(label).observe(time.perf_counter() - started)


def _error_type(error: BaseException) -> str:
    known = error.error if isinstance(error, CommandFailed) else error
    if not isinstance(known, KbstoreError):
        return "internal"
    return _ERROR_TYPES.get(fault_of(known).status, "internal")

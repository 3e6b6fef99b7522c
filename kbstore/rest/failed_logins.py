"""Wrong keys, counted for each address: too many of them are answered by 429. A right key is never refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from django.conf import settings

from kbstore import context
from kbstore.errors import TooManyRequests
from kbstore.throttle import SlidingWindow, source_of

log = structlog.get_logger(__name__)

_failures = SlidingWindow(limit=settings.FAILED_LOGINS_PER_MINUTE, seconds=60.0)
_is_counting: ContextVar[bool] = ContextVar("is_counting", default=True)


class TooManyFailedLogins(TooManyRequests):
    """Instead of 401 or 403: this address has presented too many wrong keys."""

    code = "too_many_failed_logins"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("Too many failed logins from this address. Please wait before you try again.")
        self.retry_after_seconds = retry_after_seconds


def note_failed_login(address: str | None = None) -> None:
    """Count a key that proved wrong, by default for the address of the running request. Raises TooManyFailedLogins.

    Call it after the key was checked, so that a right one is served whatever its neighbours do.
    """
    if not _is_counting.get():
        return
    source = source_of(context.client_address.get() if address is None else address)
    wait = _failures.record(source)
    if wait is not None:
        log.warning("too many failed logins", source=source)
        raise TooManyFailedLogins(wait)


@contextmanager
def uncounted() -> Iterator[None]:
    """For looking at a key that will be looked at again: one request counts once."""
    token = _is_counting.set(False)
    try:
        yield
    finally:
        _is_counting.reset(token)

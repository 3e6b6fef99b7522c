"""What is tried again, and when: the same policy for both clients."""

from __future__ import annotations

import logging
from typing import Any

import tenacity

from keboola_duckdb.errors import APIError, ConflictError, StorageError

log = logging.getLogger("keboola_duckdb")

#: Longer than this nobody waits in a call: the error goes to the caller, who finds `retry_after` in it.
MAX_WAIT_SECONDS = 60.0

_backoff = tenacity.wait_exponential(multiplier=0.25, max=8.0) + tenacity.wait_random(0.0, 0.25)


def retry_options(max_retries: int) -> dict[str, Any]:
    """Arguments of tenacity's Retrying and AsyncRetrying."""
    return {
        "stop": tenacity.stop_after_attempt(max_retries + 1),
        "retry": tenacity.retry_if_exception(is_worth_repeating),
        "wait": _wait,
        "before_sleep": _tell,
        "reraise": True,
    }


def is_worth_repeating(error: BaseException) -> bool:
    """Whether the same request may succeed when it is sent again soon."""
    if not isinstance(error, StorageError):
        return False
    if isinstance(error, APIError) and (error.retry_after or 0.0) > MAX_WAIT_SECONDS:
        return False
    return error.retryable or _is_still_running(error)


def _is_still_running(error: StorageError) -> bool:
    """The first request under our idempotency key was cut off from us, and is at work."""
    return isinstance(error, ConflictError) and error.code == "idempotency_conflict" and error.retry_after is not None


def _error_of(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _wait(state: tenacity.RetryCallState) -> float:
    """At least what the server asked for; jitter keeps clients apart that were refused together."""
    error = _error_of(state)
    asked = error.retry_after if isinstance(error, APIError) else None
    return max(asked or 0.0, _backoff(state))


def seconds_before_retry(failures: int, error: StorageError) -> float:
    """The same pause for who repeats on their own, after so many failures."""
    state = tenacity.RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.attempt_number = failures
    asked = error.retry_after if isinstance(error, APIError) else None
    return max(asked or 0.0, _backoff(state))


def _tell(state: tenacity.RetryCallState) -> None:
    seconds = state.next_action.sleep if state.next_action is not None else 0.0
    log.warning("try %d failed, again in %.1f s: %s", state.attempt_number, seconds, _error_of(state))

"""Errors of requests with an idempotency key, as the contract spells them."""

from __future__ import annotations

from kbstore.errors import Conflict, InvalidRequest


class IdempotencyConflict(Conflict):
    """The key belongs to another request. On the wire without the `detail` wrapper (rest-core 2.8)."""

    code = "idempotency_conflict"


class StillInProgress(IdempotencyConflict):
    """The first request with this key has not been answered yet."""

    retryable = True
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("Request with this idempotency key is still in progress")


class AnswerLost(IdempotencyConflict):
    """The process that executed the first request died after its change and before its answer was stored."""

    def __init__(self) -> None:
        super().__init__(
            "The first request with this idempotency key was executed, but the server died before it could answer. "
            "Nothing was executed again; look at the result, and use a new key for a new request"
        )


class InvalidIdempotencyKey(InvalidRequest):
    code = "invalid_idempotency_key"

    def __init__(self, most: int) -> None:
        super().__init__(f"X-Idempotency-Key: at most {most} characters.", details={"max_characters": most})

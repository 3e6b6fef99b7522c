"""Who executes a request with an idempotency key: one at a time, however many ask, in however many processes."""

from __future__ import annotations

import datetime
import threading
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kbstore import context
from storage.idempotency.answer import Answer, answer_of, sealed_body
from storage.idempotency.asked import Asked
from storage.idempotency.errors import IdempotencyConflict, StillInProgress
from storage.idempotency.traces import check_without_effect
from storage.jobs.identity import is_locked, is_on_this_host, this_worker
from storage.models import IdempotentRequest

log = structlog.get_logger(__name__)

#: How soon the end of a request is noticed that runs in another process.
_POLL_SECONDS = 0.1
_SPARE_SECONDS = 60.0

_mutex = threading.Lock()
_running_here: dict[str, threading.Event] = {}
#: Whoever waits occupies a thread: most of them have to stay free for other requests.
_waiting_room = threading.BoundedSemaphore(max(1, settings.MAX_RUNNING_REQUESTS // 4))


@dataclass(frozen=True)
class Claim:
    """The right to execute the request. Its holder has to `settle` it, whatever happens."""

    key_hash: str
    created_at: datetime.datetime

    def settle(self, answer: Answer | None) -> None:
        """Keep this answer for repeats; None, or an answer that may not be kept, frees the key.

        A catalog that fails now does not fail the request: it has been executed.
        """
        own = rows_like(self.key_hash, worker=this_worker(), created_at=self.created_at)
        try:
            if answer is None or not answer.may_be_kept:
                own.delete()
            else:
                own.update(
                    status=answer.status,
                    content_type=answer.content_type,
                    body=sealed_body(self.key_hash, answer.body),
                    expires_at=timezone.now() + datetime.timedelta(seconds=settings.IDEMPOTENCY_TTL),
                )
        except DatabaseError as error:
            log.error("the answer to an idempotency key was not stored", exc_info=error)
        finally:
            _no_longer_running_here(self.key_hash)


def claim_or_answer(asked: Asked) -> Claim | Answer:
    """The right to execute, or the answer of the request that did; waits for one that runs.

    Raises IdempotencyConflict for another request under this key, StillInProgress after `IDEMPOTENCY_WAIT` seconds.
    """
    outcome = _look(asked)
    if outcome is not None:
        return outcome
    if not _waiting_room.acquire(blocking=False):
        raise StillInProgress
    try:
        deadline = time.monotonic() + settings.IDEMPOTENCY_WAIT
        while outcome is None:
            _pause(asked.key_hash, deadline)
            outcome = _look(asked)
        return outcome
    finally:
        _waiting_room.release()


def was_asked_by(asked: Asked) -> bool:
    """Whether this key is in use by the same caller."""
    row = IdempotentRequest.objects.filter(pk=asked.key_hash).first()
    return row is not None and not is_over(row) and asked.is_from_caller_of(row)


def is_over(row: IdempotentRequest) -> bool:
    """As if absent: past its time, unreadable, or left running by a process that died."""
    if row.status is None:
        return _is_abandoned(row)
    return row.expires_at <= timezone.now() or answer_of(row) is None


def rows_like(key_hash: str, *, worker: str, created_at: datetime.datetime) -> QuerySet[IdempotentRequest]:
    """That very running row, and not one that took its place."""
    return IdempotentRequest.objects.filter(pk=key_hash, worker=worker, created_at=created_at, status=None)


def _look(asked: Asked) -> Claim | Answer | None:
    row = IdempotentRequest.objects.filter(pk=asked.key_hash).first()
    if row is None or is_over(row):
        if row is not None and row.status is None:
            _check_abandoned(asked, row)
        return _claim(asked, row)
    asked.check_same_as(row)
    return answer_of(row)


def _check_abandoned(asked: Asked, row: IdempotentRequest) -> None:
    """Pass if the request of a dead process did nothing: then its row is as if absent, for any other request too."""
    try:
        check_without_effect(row)
    except IdempotencyConflict:
        asked.check_same_as(row)
        raise


def _claim(asked: Asked, old: IdempotentRequest | None) -> Claim | None:
    """None when somebody else was faster."""
    with _mutex:
        if asked.key_hash in _running_here:
            return None
        # Before the row exists: a row of this process without an entry here is taken for an abandoned one.
        _running_here[asked.key_hash] = threading.Event()
    claim = None
    try:
        claim = _inserted(asked) if old is None else _replaced(asked, old)
    finally:
        if claim is None:
            _no_longer_running_here(asked.key_hash)
    return claim


def _inserted(asked: Asked) -> Claim | None:
    row = _new_row(asked)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return Claim(row.key_hash, row.created_at)


def _replaced(asked: Asked, old: IdempotentRequest) -> Claim | None:
    row = _new_row(asked)
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    same = IdempotentRequest.objects.filter(
        pk=old.pk, worker=old.worker, created_at=old.created_at, status=old.status, expires_at=old.expires_at
    )
    return Claim(row.key_hash, row.created_at) if same.update(**fields) else None


def _new_row(asked: Asked) -> IdempotentRequest:
    now = timezone.now()
    longest = max(settings.IDEMPOTENCY_TTL, settings.SYNC_CEILING, settings.OPERATION_TIMEOUT) + _SPARE_SECONDS
    return IdempotentRequest(
        key_hash=asked.key_hash,
        method=asked.method,
        path=asked.path,
        body_hash=asked.body_hash,
        credential_hash=asked.credential_hash,
        worker=this_worker(),
        request_id=context.request_id.get() or "",
        created_at=now,
        # While it runs: when to give up a process of another host that nobody here can see.
        expires_at=now + datetime.timedelta(seconds=longest),
    )


def _is_abandoned(row: IdempotentRequest) -> bool:
    if row.worker == this_worker():
        return row.key_hash not in _running_here
    if is_locked(row.worker):
        return False
    return is_on_this_host(row.worker) or row.expires_at <= timezone.now()


def _pause(key_hash: str, deadline: float) -> None:
    """Until the request ends, or a moment for one that runs elsewhere. Raises StillInProgress at the deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise StillInProgress
    running = _running_here.get(key_hash)
    if running is None:
        time.sleep(min(left, _POLL_SECONDS))
    else:
        running.wait(left)


def _no_longer_running_here(key_hash: str) -> None:
    with _mutex:
        _running_here.pop(key_hash).set()

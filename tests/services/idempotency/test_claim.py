"""The claim on an idempotency key: one holder at a time, nothing blocked for ever, nothing readable kept."""

from __future__ import annotations

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import override_settings
from django.utils import timezone

from storage.idempotency.answer import Answer, answer_of
from storage.idempotency.asked import Asked
from storage.idempotency.claim import Claim, claim_or_answer, was_asked_by
from storage.idempotency.errors import IdempotencyConflict, StillInProgress
from storage.idempotency.sweep import sweep_idempotent_requests
from storage.jobs.identity import host_name
from storage.models import IdempotentRequest

DONE = Answer(201, "application/json", b'{"api_key":"proj_p_admin_secret"}')
DEAD_WORKER = f"{host_name()}.1.0000deadbeef"
ELSEWHERE = "another-host.1.0000deadbeef"
OLD = datetime.timedelta(hours=2)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_hasty"),
]


@pytest.fixture
def _hasty(settings: Any) -> None:
    settings.IDEMPOTENCY_WAIT = 0.05


def request(**changes: Any) -> Asked:
    fields = {"key": b"k", "method": "POST", "path": "/projects", "body": b"{}", "credentials": b"me"} | changes
    return Asked.of(**fields)


def claimed(asked: Asked) -> Claim:
    outcome = claim_or_answer(asked)
    assert isinstance(outcome, Claim)
    return outcome


def row() -> IdempotentRequest:
    return IdempotentRequest.objects.get()


def left_running_by(worker: str, **changes: Any) -> None:
    claimed(request()).settle(DONE)
    IdempotentRequest.objects.update(status=None, worker=worker, **changes)


def test_the_answer_of_the_first_is_given_to_the_next() -> None:
    claimed(request()).settle(DONE)
    assert claim_or_answer(request()) == DONE


def test_the_row_of_a_running_request_stops_the_next_one() -> None:
    claim = claimed(request())
    with pytest.raises(StillInProgress):
        claim_or_answer(request())
    claim.settle(None)
    claimed(request()).settle(None)


def test_another_request_is_a_conflict_while_the_first_still_runs() -> None:
    claim = claimed(request())
    with pytest.raises(IdempotencyConflict, match="different endpoint"):
        claim_or_answer(request(path="/other"))
    claim.settle(None)


@pytest.mark.parametrize("status", [301, 307, 401, 403, 408, 423, 429, 500, 503, 504, 507])
def test_what_a_retry_may_change_is_not_kept(status: int) -> None:
    claimed(request()).settle(Answer(status, "application/json", b"{}"))
    assert not IdempotentRequest.objects.exists()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 400, 404, 405, 409, 410, 413, 422])
def test_what_a_retry_cannot_change_is_kept(status: int) -> None:
    answer = Answer(status, "text/csv; charset=utf-8", "é".encode())
    claimed(request()).settle(answer)
    assert claim_or_answer(request()) == answer


@pytest.mark.parametrize("body", [b"\xff", b"x" * (2**20 + 1)])
def test_bodies_that_are_long_or_not_text_are_not_kept(body: bytes) -> None:
    claimed(request()).settle(Answer(200, "text/plain", body))
    assert not IdempotentRequest.objects.exists()
    claimed(request()).settle(Answer(200, "text/plain", b"x" * 2**20))
    assert IdempotentRequest.objects.exists()


def test_nothing_readable_is_stored() -> None:
    claimed(request(body=b"body-secret", credentials=b"key-secret", key=b"name-secret")).settle(DONE)
    stored = [str(value).encode() if not isinstance(value, bytes) else value for value in vars(row()).values()]
    assert b"secret" not in b"".join(stored)


def test_an_answer_in_the_place_of_another_is_not_given_out() -> None:
    """Somebody who writes to the catalog moves a body to a row of theirs."""
    claimed(request()).settle(DONE)
    victim = row()
    claimed(request(key=b"mine", credentials=b"thief")).settle(Answer(200, "text/plain", b"x"))
    IdempotentRequest.objects.exclude(pk=victim.pk).update(body=victim.body)
    claimed(request(key=b"mine", credentials=b"thief")).settle(None)


def test_after_a_change_of_the_secret_key_the_request_runs_again() -> None:
    claimed(request()).settle(DONE)
    with override_settings(SECRET_KEY="another"):
        assert answer_of(row()) is None
        claimed(request()).settle(None)


# --- rows that dead processes leave


def test_the_row_of_a_dead_process_is_taken_over() -> None:
    left_running_by(DEAD_WORKER)
    claimed(request()).settle(DONE)
    assert claim_or_answer(request()) == DONE


def test_it_is_taken_over_by_any_request() -> None:
    left_running_by(DEAD_WORKER)
    claimed(request(path="/other", credentials=b"somebody")).settle(None)


def test_a_process_of_another_host_is_given_time() -> None:
    left_running_by(ELSEWHERE, expires_at=timezone.now() + OLD)
    with pytest.raises(StillInProgress):
        claim_or_answer(request())
    IdempotentRequest.objects.update(expires_at=timezone.now() - OLD)
    claimed(request()).settle(None)


def test_who_was_taken_for_dead_cannot_overwrite_the_answer() -> None:
    late = claimed(request())
    IdempotentRequest.objects.update(worker=DEAD_WORKER)
    late.settle(Answer(200, "text/plain", b"late"))
    assert row().status is None
    claimed(request()).settle(DONE)
    assert claim_or_answer(request()) == DONE


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_could_not_be_stored_does_not_block_the_key() -> None:
    claim = claimed(request())
    with connection.execute_wrapper(broken_catalog):
        claim.settle(DONE)
    assert row().status is None
    claimed(request()).settle(None)


def broken_catalog(*_: Any) -> None:
    raise OperationalError("database or disk is full")


# --- time to live and sweep


def test_an_expired_answer_is_as_if_absent(settings: Any) -> None:
    settings.IDEMPOTENCY_TTL = 0
    claimed(request()).settle(DONE)
    assert not was_asked_by(request())
    claimed(request(method="DELETE")).settle(None)


def test_a_request_that_runs_longer_than_answers_are_kept_is_not_run_twice(settings: Any) -> None:
    settings.IDEMPOTENCY_TTL = 0
    claim = claimed(request())
    IdempotentRequest.objects.update(expires_at=timezone.now() - OLD)
    with pytest.raises(StillInProgress):
        claim_or_answer(request())
    assert sweep_idempotent_requests() == 0
    claim.settle(None)


def test_the_sweep_says_how_many_it_removed() -> None:
    for name in (b"a", b"b", b"c", b"d"):
        claimed(request(key=name)).settle(DONE)
    rows = list(IdempotentRequest.objects.all())
    past = timezone.now() - OLD
    IdempotentRequest.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(expires_at=past)
    IdempotentRequest.objects.filter(pk=rows[2].pk).update(expires_at=past, status=None, worker=DEAD_WORKER)
    assert sweep_idempotent_requests() == 3
    assert IdempotentRequest.objects.get().pk == rows[3].pk
    assert sweep_idempotent_requests() == 0


def test_the_same_caller_is_known_by_its_credentials() -> None:
    claimed(request()).settle(DONE)
    assert was_asked_by(request(path="/other"))
    assert not was_asked_by(request(credentials=b"other"))
    assert not was_asked_by(request(key=b"other"))


# --- many at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leftover", [None, "expired", "dead"])
def test_of_many_at_once_one_gets_the_claim(settings: Any, leftover: str | None) -> None:
    settings.IDEMPOTENCY_WAIT = 20.0
    asked = request(key=uuid.uuid4().bytes)
    if leftover is not None:
        claimed(asked).settle(DONE)
        changes: dict[str, Any] = {"status": None, "worker": DEAD_WORKER} if leftover == "dead" else {}
        IdempotentRequest.objects.update(expires_at=timezone.now() - OLD, **changes)
    together = threading.Barrier(12)

    def ask(number: int) -> Claim | Answer:
        try:
            together.wait()
            outcome = claim_or_answer(asked)
            if isinstance(outcome, Claim):
                outcome.settle(Answer(200, "text/plain", str(number).encode()))
            return outcome
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(ask, range(12)))
    assert sum(isinstance(outcome, Claim) for outcome in outcomes) == 1
    assert len({outcome.body for outcome in outcomes if isinstance(outcome, Answer)}) == 1

"""What is tried again, how often, when, and that it is always the same request."""

from __future__ import annotations

import logging
import threading
import time

import pytest
import tenacity

from keboola_duckdb import APIError, ConflictError, NetworkError, RateLimitError, ServerError, TimeoutError, retries
from tests.sdk.scripted_server import Scripted, scripted

PROJECT = {
    "id": "p",
    "name": None,
    "db_path": "p",
    "status": "active",
    "created_at": None,
    "updated_at": None,
    "size_bytes": 0,
    "table_count": 0,
    "bucket_count": 0,
    "settings": None,
    "api_key": "proj_p_admin_secret",
}
UNAVAILABLE = Scripted(503, {"detail": {"error": "storage_unavailable", "message": "Gone", "details": {}}})
FINE = Scripted(200, PROJECT)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that are too short to notice; what the server asks for still counts."""
    monkeypatch.setattr(retries, "_backoff", tenacity.wait_fixed(0.01))


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.25), (2, 0.5), (3, 1.0), (6, 8.0), (60, 8.0)])
def test_each_pause_is_longer_than_the_one_before(monkeypatch, failures, seconds):
    monkeypatch.undo()
    for _ in range(20):
        pause = retries.seconds_before_retry(failures, NetworkError("gone"))
        assert seconds <= pause <= seconds + 0.25


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_recovers_is_asked_again(connect, status):
    with scripted(Scripted(status, "busy"), FINE) as server:
        assert connect(server).projects.get("p").id == "p"
        assert len(server.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 423, 500, 507])
def test_other_answers_are_final(connect, status):
    with scripted(Scripted(status, {"detail": "no"}), FINE) as server:
        with pytest.raises(APIError):
            connect(server).projects.get("p")
        assert len(server.asked) == 1


def test_an_operation_that_ran_out_of_time_would_do_so_again(connect):
    with scripted(Scripted(504, {"detail": {"error": "operation_timeout", "message": "Too long"}}), FINE) as server:
        with pytest.raises(ServerError):
            connect(server).projects.get("p")
        assert len(server.asked) == 1


def test_after_three_retries_the_error_comes_out(connect):
    with scripted(UNAVAILABLE) as server:
        with pytest.raises(ServerError, match="Gone"):
            connect(server).projects.get("p")
        assert len(server.asked) == 4


def test_without_retries_each_request_is_sent_once(connect):
    with scripted(UNAVAILABLE) as server:
        with pytest.raises(ServerError):
            connect(server, max_retries=0).projects.get("p")
        assert len(server.asked) == 1


def test_a_connection_that_breaks_is_tried_again(connect):
    with scripted(Scripted(hang_up=True), FINE) as server:
        assert connect(server).projects.get("p").id == "p"
        assert len(server.asked) == 2


def test_what_changes_something_is_repeated_under_one_key_and_one_request_id(connect):
    with scripted(Scripted(hang_up=True), UNAVAILABLE, FINE) as server:
        connect(server).projects.create("p")
        assert len(server.asked) == 3
        for header in ("X-Idempotency-Key", "X-Request-ID"):
            sent = {asked.headers[header] for asked in server.asked}
            assert len(sent) == 1
            assert None not in sent
        assert len({asked.body for asked in server.asked}) == 1


def test_each_call_has_a_key_of_its_own(connect):
    with scripted(FINE) as server:
        kb = connect(server)
        kb.projects.create("p")
        kb.projects.create("p")
        first, second = (asked.headers["X-Idempotency-Key"] for asked in server.asked)
        assert first != second


def test_what_the_server_does_not_do_once_under_a_key_is_sent_once(connect):
    with scripted(Scripted(hang_up=True), FINE) as server:
        with pytest.raises(NetworkError):
            connect(server).branches.update("p", "b", name="x")
        assert [asked.headers["X-Idempotency-Key"] for asked in server.asked] == [None]


def test_reading_needs_no_key(connect):
    with scripted(FINE) as server:
        connect(server).projects.get("p")
        assert server.asked[0].headers["X-Idempotency-Key"] is None


def test_the_first_request_under_the_key_is_waited_for(connect):
    running = Scripted(409, {"error": "idempotency_conflict", "message": "In progress"}, {"Retry-After": "0"})
    with scripted(running, FINE) as server:
        assert connect(server).projects.create("p").id == "p"
        assert len(server.asked) == 2


def test_another_conflict_about_the_key_is_final(connect):
    with scripted(Scripted(409, {"error": "idempotency_conflict", "message": "Lost"}), FINE) as server:
        with pytest.raises(ConflictError) as refused:
            connect(server).projects.create("p")
        assert (refused.value.code, refused.value.message, len(server.asked)) == ("idempotency_conflict", "Lost", 1)


def test_the_server_says_how_long_to_wait(connect):
    with scripted(Scripted(429, "busy", {"Retry-After": "1"}), FINE) as server:
        started = time.monotonic()
        connect(server).projects.get("p")
        assert 1.0 <= time.monotonic() - started < 3.0


def test_nobody_waits_for_an_hour(connect):
    with scripted(Scripted(429, {"detail": {"error": "slow", "message": "Wait"}}, {"Retry-After": "3600"})) as server:
        with pytest.raises(RateLimitError) as refused:
            connect(server).projects.get("p")
        assert (refused.value.retry_after, len(server.asked)) == (3600.0, 1)


def test_silence_ends_after_the_read_timeout(connect):
    release = threading.Event()
    with scripted(Scripted(200, PROJECT, wait=release)) as server:
        with pytest.raises(TimeoutError) as refused:
            connect(server, timeout=0.2, max_retries=0).projects.get("p")
        release.set()
    assert isinstance(refused.value, NetworkError)
    assert refused.value.request_id


def test_a_server_that_is_not_there_is_a_network_error(connect):
    with scripted(FINE) as server:
        url = server.url
    with pytest.raises(NetworkError) as refused:
        connect(url, max_retries=1).projects.get("p")
    assert not isinstance(refused.value, APIError)


def test_retries_are_logged_without_secrets(connect, caplog):
    key = "proj_p_admin_0123456789abcdef"
    caplog.set_level(logging.DEBUG)
    with scripted(UNAVAILABLE, FINE) as server:
        made = connect(server.url, key).projects.create("p", settings={"password": "hunter2"})
    ours = [record for record in caplog.records if record.name == "keboola_duckdb"]
    assert any(record.levelno == logging.WARNING and "Gone" in record.getMessage() for record in ours)
    assert key not in caplog.text
    assert made.api_key not in caplog.text
    assert "hunter2" not in caplog.text

"""Jobs through the SDK: followed over the websocket, and by polling where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from keboola_duckdb import Client, ConflictError, JobFailedError, NotFoundError, Progress, TimeoutError
from tests.cast import Person
from tests.sdk.breaking_proxy import Break, Fault, breaking_proxy
from tests.sdk.cast import async_client_of, client_of

BUCKET = "in.c-sales"
SOCKET = r"GET /ws/jobs/"
LOOK = "GET /jobs/"


@pytest.fixture
def kb(alice: Person) -> Iterator[Client]:
    with client_of(alice) as client:
        yield client


@pytest.fixture
def file_id(kb: Client, alice: Person, orders: dict[str, object]) -> str:
    """Rows enough for an import to be seen running."""
    rows = b"".join(b"%d,%d.50\n" % (n, n % 1000) for n in range(600_000))
    return kb.files.upload(alice.project_id, b"id,amount\n" + rows).id


def start(kb: Client, alice: Person, file_id: str) -> str:
    return kb.tables.import_file(alice.project_id, BUCKET, "orders", file_id=file_id, wait=False).id


def test_a_job_is_watched_to_its_end_without_asking(alice, kb, file_id):
    with breaking_proxy(alice.server.url) as proxy, client_of(alice, url=proxy.url) as watching:
        seen = list(watching.jobs.watch(start(kb, alice, file_id)))
    assert (seen[-1].state, seen[-1].progress) == ("success", 1.0)
    assert [job.progress for job in seen] == sorted(job.progress for job in seen)
    assert len(proxy.requests) == 1, "one websocket and no polls"


@pytest.mark.parametrize(
    "fault",
    [
        Break(SOCKET, Fault.REFUSE, times=9),
        Break(SOCKET, Fault.LOSE_ANSWER, times=9),
        Break(SOCKET, times=9, after_bytes=400, in_answer=True),
    ],
    ids=["refused", "handshake lost", "broken in between"],
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_without_its_websocket_a_job_is_polled(alice, kb, file_id, fault, kind):
    fault = Break(fault.pattern, fault.fault, fault.times, fault.after_bytes, fault.in_answer)
    job_id = start(kb, alice, file_id)

    async def wait(url: str) -> str:
        async with async_client_of(alice, url=url) as client:
            return (await client.jobs.wait(job_id)).state

    with breaking_proxy(alice.server.url, fault) as proxy, client_of(alice, url=proxy.url) as client:
        state = client.jobs.wait(job_id).state if kind == "sync" else asyncio.run(wait(proxy.url))
    assert state == "success"
    assert proxy.broken == [f"GET /ws/jobs/{job_id}/"]
    assert f"{LOOK}{job_id}" in proxy.requests


def test_looking_survives_lost_answers(alice, kb, file_id):
    faults = Break(SOCKET, Fault.REFUSE, times=9), Break(LOOK, times=2)
    with breaking_proxy(alice.server.url, *faults) as proxy, client_of(alice, url=proxy.url) as client:
        assert client.jobs.wait(start(kb, alice, file_id)).state == "success"
    assert len(proxy.broken) == 3


def test_a_timeout_ends_the_wait_and_not_the_job(alice, kb, file_id):
    job_id = start(kb, alice, file_id)
    with pytest.raises(TimeoutError, match="goes on"):
        kb.jobs.wait(job_id, timeout=0.01)
    assert kb.jobs.wait(job_id, timeout=60).state == "success"


def test_a_cancelled_job_has_changed_nothing(alice, kb, file_id):
    job_id = start(kb, alice, file_id)
    kb.jobs.cancel(job_id)
    with pytest.raises(JobFailedError) as failure:
        kb.jobs.wait(job_id)
    assert failure.value.job.state == "cancelled"
    assert kb.tables.get(alice.project_id, BUCKET, "orders").row_count == 0
    with pytest.raises(ConflictError):
        kb.jobs.cancel(job_id)


def test_jobs_are_listed_newest_first(alice, kb, orders):
    made = [
        kb.tables.import_file(alice.project_id, BUCKET, "orders", b"id,amount\n1,2\n", wait=False).id for _ in range(3)
    ]
    for job_id in made:
        kb.jobs.wait(job_id)
    page = kb.jobs.list(alice.project_id, type="table_import", limit=2)
    assert ([job.id for job in page], page.total) == (made[:0:-1], 3)
    assert [job.id for job in kb.jobs.iterate(alice.project_id, state="success", page_size=2)] == made[::-1]


def test_a_job_that_is_not_there_is_not_waited_for(kb):
    for call in (kb.jobs.get, kb.jobs.wait, lambda job: list(kb.jobs.watch(job))):
        with pytest.raises(NotFoundError):
            call("0" * 32)


def test_progress_of_a_job_is_percent(alice, kb, file_id):
    seen: list[Progress] = []
    kb.jobs.wait(start(kb, alice, file_id), on_progress=seen.append)
    assert {(progress.stage, progress.unit, progress.total) for progress in seen} == {("import", "percent", 100)}
    assert seen[-1].done == 100


def test_the_key_is_in_no_log_of_a_watched_job(alice, kb, file_id, caplog):
    caplog.set_level("DEBUG")
    kb.jobs.wait(start(kb, alice, file_id))
    assert caplog.text
    assert str(alice.key) not in caplog.text

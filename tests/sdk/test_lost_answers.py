"""Calls whose answers get lost on the way are repeated and done once."""

from __future__ import annotations

import pytest

from keboola_duckdb import Client, NetworkError
from tests.cast import Person
from tests.sdk.breaking_proxy import Break, Fault, breaking_proxy
from tests.sdk.cast import client_of, is_untouched

BUCKET = "in.c-sales"
ROWS = b"id,amount\n" + b"".join(b"%d,1.00\n" % n for n in range(1000))
#: The requests of an upload into a new table that change something.
STEPS = {
    "prepare": r"POST .*/files/prepare$",
    "send": r"PUT .*/files/upload/",
    "register": r"POST .*/files$",
    "create": r"POST .*/tables$",
    "import": r"POST .*/import/file$",
    "delete": r"DELETE .*/files/",
}


@pytest.mark.parametrize("step", ["register", "create", "import"])
def test_a_step_whose_answer_is_lost_is_done_once(alice, bucket, step):
    with (
        breaking_proxy(alice.server.url, Break(STEPS[step])) as proxy,
        client_of(alice, url=proxy.url) as kb,
    ):
        # Without a key rows that were loaded twice would be there twice.
        table = kb.tables.upload(alice.project_id, BUCKET, "orders", ROWS)
        table = kb.tables.upload(alice.project_id, BUCKET, "orders", ROWS, incremental=True)
    assert len(proxy.broken) == 1
    assert table.row_count == 2000
    assert is_untouched(alice)
    assert alice.get("/projects/{p}/jobs", params={"type": "table_import"}).json()["total"] == 2


def test_when_every_request_loses_its_first_answer_everything_is_done_once(alice, bucket):
    everything = [Break(pattern) for pattern in STEPS.values()]
    with breaking_proxy(alice.server.url, *everything) as proxy, client_of(alice, url=proxy.url) as kb:
        table = kb.tables.upload(alice.project_id, BUCKET, "orders", ROWS)
        kb.tables.add_column(alice.project_id, BUCKET, "orders", "more", "VARCHAR")
    assert (len(proxy.broken), table.row_count) == (len(STEPS), 1000)
    assert is_untouched(alice)


def test_an_export_whose_answer_is_lost_makes_one_file(alice, bucket, tmp_path):
    faults = Break(r"POST .*/export$"), Break(r"GET .*/download$", after_bytes=2000, in_answer=True)
    with breaking_proxy(alice.server.url, *faults) as proxy, client_of(alice, url=proxy.url) as kb:
        kb.tables.upload(alice.project_id, BUCKET, "orders", ROWS)
        kb.tables.download(alice.project_id, BUCKET, "orders", tmp_path / "o.csv", order_by=["id"])
    assert len(proxy.broken) == 2
    assert (tmp_path / "o.csv").read_bytes().count(b"\n") == 1001
    assert alice.get("/projects/{p}/jobs", params={"type": "table_export"}).json()["total"] == 1
    assert is_untouched(alice)


def test_requests_that_never_arrive_are_sent_again(alice, bucket):
    with (
        breaking_proxy(alice.server.url, Break(r"POST .*/tables$", Fault.REFUSE, times=3)) as proxy,
        client_of(alice, url=proxy.url) as kb,
    ):
        kb.tables.create(alice.project_id, BUCKET, "t", {"id": "INTEGER"})
    assert len(proxy.requests) == 4


def test_when_no_answer_ever_comes_the_caller_is_told(alice, orders):
    faults = Break(r"POST .*/import/file$", times=99)
    with breaking_proxy(alice.server.url, faults) as proxy, Client(proxy.url, api_key=alice.key, max_retries=1) as kb:
        with pytest.raises(NetworkError):
            kb.tables.import_file(alice.project_id, BUCKET, "orders", ROWS)
    assert len(proxy.broken) == 2
    assert alice.get("/projects/{p}/jobs", params={"type": "table_import"}).json()["total"] == 1


def test_a_load_of_someone_else_is_not_mistaken_for_ones_own(alice: Person, orders):
    """Two clients that lose the same answers load twice: each call has a key of its own."""
    for _ in range(2):
        with (
            breaking_proxy(alice.server.url, Break(r"POST .*/import/file$")) as proxy,
            client_of(alice, url=proxy.url) as kb,
        ):
            kb.tables.import_file(alice.project_id, BUCKET, "orders", ROWS, incremental=True)
    assert alice.get("/projects/{p}/jobs", params={"type": "table_import"}).json()["total"] == 2

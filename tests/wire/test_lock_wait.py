"""A table that somebody else writes: writers wait, then hear when to come again; readers do not notice."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cast import BRANCH, BUCKET, TABLE, TABLES, Person, Server, new_project, start_server

ORDERS = {"bucket": "in.c-sales", "table": "orders"}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("impatient"), LOCK_TIMEOUT="0.2")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def owner(impatient: Server) -> Iterator[Person]:
    with new_project(impatient) as person:
        person.make_bucket()
        person.make_table("in.c-sales", "orders", {"id": "INTEGER", "amount": "INTEGER"})
        person.load("id,amount\n1,10\n", "orders").raise_for_status()
        yield person


@contextmanager
def somebody_writes_orders(server: Server) -> Iterator[None]:
    """As another process would hold it."""
    ((table_id,),) = server.execute("SELECT id FROM storage_table WHERE name = 'orders' AND branch_id IS NULL")
    path: Path = server.data_dir / "_locks" / (hashlib.sha256(f"table-{table_id}".encode()).hexdigest()[:32] + ".lock")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", TABLE, None),
        ("DELETE", TABLE + "/rows", {"where_clause": "id = 1"}),
        ("POST", TABLE + "/columns", {"name": "note", "type": "VARCHAR"}),
        ("PUT", TABLE + "/columns/amount", {"new_name": "sum"}),
        ("DELETE", TABLE + "/columns/amount", None),
        ("POST", TABLE + "/primary-key", {"columns": ["id"]}),
    ],
)
def test_a_writer_is_told_when_to_come_again(
    impatient: Server, owner: Person, method: str, path: str, body: dict | None
) -> None:
    before = owner.get(TABLE, **ORDERS).json()
    with somebody_writes_orders(impatient):
        reply = owner.request(method, path, **ORDERS, json=body)
    assert (reply.status_code, reply.json()["detail"]["error"]) == (423, "table_locked")
    assert int(reply.headers["Retry-After"]) > 0
    assert owner.get(TABLE, **ORDERS).json() == before


def test_a_load_too(impatient: Server, owner: Person) -> None:
    with somebody_writes_orders(impatient):
        refused = owner.load("id,amount\n2,20\n", "orders", incremental=True)
    assert (refused.status_code, refused.json()["detail"]["error"]) == (423, "table_locked")
    assert int(refused.headers["Retry-After"]) > 0
    assert owner.rows("orders") == [(1, 10)]
    assert owner.load("id,amount\n1,10\n", "orders").status_code == 200


def test_readers_and_other_tables_do_not_notice(impatient: Server, owner: Person) -> None:
    branch = owner.make_branch()
    with somebody_writes_orders(impatient):
        assert owner.rows("orders") == [(1, 10)]
        for method, path in (("GET", TABLE), ("GET", TABLE + "/versions"), ("POST", TABLE + "/profile")):
            assert owner.request(method, path, **ORDERS).status_code == 200
        assert owner.post(TABLE + "/export", **ORDERS, json={}).status_code == 200
        snapshot = {"bucket": "in.c-sales", "table": "orders"}
        assert owner.post(BRANCH + "/snapshots", json=snapshot).status_code == 201
        # A branch writes a version of its own: main's writer is none of its business.
        column = {"name": "note", "type": "VARCHAR"}
        assert owner.post(TABLE + "/columns", **ORDERS, br=branch, json=column).status_code == 201
        assert owner.post(TABLES, bucket="in.c-sales", br=branch, json={"name": "t", "columns": [column]}).is_success
        assert owner.get(BUCKET, bucket="in.c-sales").status_code == 200

"""Two server processes on one data directory: writers take turns, readers never wait, nobody sees a lock of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cast import TABLE, Person, Server
from tests.live_server import LiveServer, manage


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Person]]:
    """The same project's admin on two servers that share their data."""
    data_dir = tmp_path_factory.mktemp("pair") / "data"
    with LiveServer(data_dir) as first, LiveServer(data_dir) as second:
        key = first.client().post("/projects", json={"id": "p"}).json()["api_key"]
        people = [Person(Server.of(server), key=key, project_id="p") for server in (first, second)]
        people[0].make_bucket("b")
        yield people[0], people[1]


def append(person: Person, table: str, start: int) -> int:
    content = "id\n" + "".join(f"{number}\n" for number in range(start, start + 100))
    return person.load(content, table, bucket="b", incremental=True).status_code


def test_parallel_loads_into_one_table_from_both_lose_no_row(pair: tuple[Person, Person]) -> None:
    pair[0].make_table("b", "one", {"id": "INTEGER"})
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: append(pair[n % 2], "one", n * 100), range(16)))
    assert statuses == [200] * 16
    for person in pair:
        assert sorted(row[0] for row in person.rows("one", bucket="b")) == list(range(1600))


def test_parallel_loads_into_different_tables_all_succeed(pair: tuple[Person, Person]) -> None:
    for number in range(6):
        pair[0].make_table("b", f"many{number}", {"id": "INTEGER"})
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda n: append(pair[n % 2], f"many{n}", 0), range(6)))
    assert statuses == [200] * 6


def test_readers_see_whole_versions_while_the_other_server_loads(pair: tuple[Person, Person]) -> None:
    writer, reader = pair
    writer.make_table("b", "seen", {"id": "INTEGER"})
    with ThreadPoolExecutor(1) as pool:
        loads = pool.submit(lambda: [append(writer, "seen", n * 100) for n in range(10)])
        counts = set()
        while not loads.done():
            reply = reader.get(TABLE + "/preview", bucket="b", table="seen", params={"limit": 10000})
            assert reply.status_code == 200, reply.text
            assert reply.json()["preview_row_count"] == reply.json()["total_row_count"]
            counts.add(reply.json()["total_row_count"] % 100)
        assert loads.result() == [200] * 10
    assert counts == {0}


def test_what_one_server_wrote_the_other_reads_at_once(pair: tuple[Person, Person]) -> None:
    pair[0].make_table("b", "fresh", {"id": "INTEGER"})
    assert append(pair[0], "fresh", 0) == 200
    assert len(pair[1].rows("fresh", bucket="b")) == 100


def test_doctor_finds_nothing_while_both_run(pair: tuple[Person, Person]) -> None:
    report = manage(pair[0].server.data_dir, "doctor")
    assert report.returncode == 0, report.stdout

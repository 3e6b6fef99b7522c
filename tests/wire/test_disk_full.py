"""A disk that is full during a load: a clear error, the old table intact, and all well when there is room again."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cast import TABLE, Person, Server, error_of
from tests.live_server import LiveServer, manage

LIMIT_BYTES = 4_000_000
ROWS = 600_000


@contextmanager
def no_file_larger_than(limit_bytes: int, server: LiveServer) -> Iterator[None]:
    """The kernel refuses further writes of the server as a full disk does (EFBIG), for as long as the block runs."""
    assert server.process is not None
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


def incompressible_rows() -> bytes:
    """Small to upload, large as a table."""
    header = "id,text\n"
    return gzip.compress((header + "".join(f"{n},{n * 2654435761 % 2**32:x}{n}\n" for n in range(ROWS))).encode())


def test_a_full_disk_is_a_clear_error_and_the_old_table_stays(tmp_path: Path) -> None:
    content = incompressible_rows()
    with LiveServer(tmp_path / "data") as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        person = Person(Server.of(server), key=key, project_id="p")
        person.make_bucket("b")
        person.make_table("b", "t", {"id": "INTEGER", "text": "VARCHAR"})
        person.load("id,text\n1,old\n", "t", bucket="b").raise_for_status()
        file_id = person.upload(content)
        with no_file_larger_than(LIMIT_BYTES, server):
            for incremental in (False, True):
                order = {"file_id": file_id, "import_options": {"incremental": incremental}}
                refused = person.post(TABLE + "/import/file", bucket="b", table="t", json=order)
                assert error_of(refused) == (507, "insufficient_storage")
                assert str(tmp_path) not in refused.text
                assert person.rows("t", bucket="b") == [(1, "old")]
        loaded = person.load(content, "t", bucket="b")
        assert loaded.json()["table_rows_after"] == ROWS
        assert server.terminate() == 0
    report = manage(tmp_path / "data", "doctor")
    assert report.returncode == 0, report.stdout

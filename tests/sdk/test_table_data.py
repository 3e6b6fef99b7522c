"""Tables filled and emptied through the SDK: in one call, all or nothing."""

from __future__ import annotations

import asyncio
import gzip
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keboola_duckdb import Client, ConfigurationError, ConflictError, JobFailedError, NotFoundError, Progress
from keboola_duckdb.models.jobs import Job
from tests.cast import Person
from tests.sdk.breaking_proxy import BreakingProxy, breaking_proxy
from tests.sdk.cast import async_client_of, client_of, is_untouched, until

BUCKET = "in.c-sales"
ORDERS = "id,amount,note\n1,10.50,first\n2,20.00,\n3,30.25,third\n"
MANY = b"id,note\n" + b"".join(b"%d,row number %d of many\n" % (n, n) for n in range(400_000))


@pytest.fixture
def kb(alice: Person, bucket: str) -> Iterator[Client]:
    with client_of(alice) as client:
        yield client


def types(kb: Client, project: str, table: str) -> dict[str, str]:
    return {column.name: column.type for column in kb.tables.get(project, BUCKET, table).columns}


def rows(kb: Client, project: str, table: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in kb.tables.preview(project, BUCKET, table).rows)


def is_clean(person: Person) -> bool:
    """Neither files nor tables nor snapshots nor unfinished jobs."""
    count = "SELECT COUNT(*) FROM {} WHERE {}"
    left = [
        person.server.execute(
            count.format("storage_table JOIN storage_bucket b ON b.id = bucket_id", "b.project_id = ?"),
            person.project_id,
        ),
        person.server.execute(count.format("storage_snapshot", "project_id = ?"), person.project_id),
        person.server.execute(
            count.format("storage_job", "project_id = ? AND state IN ('waiting', 'processing')"), person.project_id
        ),
    ]
    return is_untouched(person) and all(found[0][0] == 0 for found in left)


@pytest.mark.parametrize("kind", ["path", "gzip", "bytes", "iterator"])
def test_one_call_makes_a_table_of_a_csv_file(kb, alice, tmp_path, kind):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    sources = {
        "path": path,
        "gzip": gzip.compress(ORDERS.encode()),
        "bytes": ORDERS.encode(),
        "iterator": (line.encode() for line in ORDERS.splitlines(keepends=True)),
    }
    table = kb.tables.upload(alice.project_id, BUCKET, "orders", sources[kind], primary_key=["id"])
    assert (table.row_count, table.primary_key) == (3, ["id"])
    assert types(kb, alice.project_id, "orders") == {"id": "BIGINT", "amount": "DOUBLE", "note": "VARCHAR"}
    assert is_untouched(alice), "the uploaded file goes when it has been loaded"


def test_a_table_that_is_there_gets_the_rows(kb, alice):
    kb.tables.create(
        alice.project_id,
        BUCKET,
        "orders",
        {"id": "INTEGER", "amount": "DECIMAL(10,2)", "note": "VARCHAR"},
        primary_key=["id"],
    )
    kb.tables.upload(alice.project_id, BUCKET, "orders", ORDERS.encode())
    more = kb.tables.upload(alice.project_id, BUCKET, "orders", b"id,amount,note\n3,1,new\n4,2,new\n", incremental=True)
    assert more.row_count == 4
    assert types(kb, alice.project_id, "orders")["amount"] == "DECIMAL(10,2)"


def test_a_type_that_a_later_value_does_not_fit_is_widened(kb, alice):
    late = ["id,size,day\n", "1,1,2026-01-01\n" * 100_000, "1,2.5,2026-01-01\n" * 2_000, "x1,1,soon\n"]
    table = kb.tables.upload(alice.project_id, BUCKET, "late", "".join(late).encode())
    assert table.row_count == 102_001
    assert types(kb, alice.project_id, "late") == {"id": "VARCHAR", "size": "DOUBLE", "day": "VARCHAR"}


def test_columns_that_were_given_are_not_widened_and_nothing_stays(kb, alice):
    with pytest.raises(JobFailedError) as failure:
        kb.tables.upload(alice.project_id, BUCKET, "strict", b"id\n1\nx\n", columns={"id": "INTEGER"})
    assert failure.value.job.error is not None
    assert failure.value.job.error.error == "import_failed"
    assert is_clean(alice)


def test_the_delimiter_that_was_inferred_is_the_one_that_is_loaded_with(kb, alice):
    kb.tables.upload(alice.project_id, BUCKET, "semicolons", b'id;note\n1;"a;b, ""c"""\n')
    assert rows(kb, alice.project_id, "semicolons") == [(1, 'a;b, "c"')]


def test_a_refused_table_leaves_nothing(kb, alice):
    with pytest.raises(NotFoundError):
        kb.tables.upload(alice.project_id, "no_such_bucket", "t", ORDERS.encode())
    with pytest.raises(ConfigurationError):
        kb.tables.upload(alice.project_id, BUCKET, "t", b"")
    with pytest.raises(ConfigurationError):
        kb.tables.upload(alice.project_id, BUCKET, "t", b"1,2\n", csv_options={"header": False})
    assert is_clean(alice)


def test_import_takes_a_source_or_a_file_of_the_project(kb, alice, orders):
    project = alice.project_id
    result = kb.tables.import_file(project, BUCKET, "orders", b"id,amount\n1,2\n2,3\n")
    assert (result.imported_rows, result.table_rows_after) == (2, 2)
    assert is_untouched(alice)
    file = kb.files.upload(project, b"id,amount\n2,5\n3,6\n")
    kb.tables.import_file(project, BUCKET, "orders", file_id=file.id, incremental=True)
    assert rows(kb, project, "orders") == [(1, "2.00"), (2, "5.00"), (3, "6.00")]
    assert kb.files.get(project, file.id).id == file.id
    kb.tables.import_file(project, BUCKET, "orders", b"amount\n", columns=["amount"], keep_file=True)
    assert kb.files.list(project).total == 2


def test_an_import_has_one_source(kb, alice, orders):
    for source, options in (
        (None, {}),
        (b"x", {"source_url": "s3://b/k"}),
        (None, {"file_id": "a", "source_url": "s3://b/k"}),
    ):
        with pytest.raises(ConfigurationError):
            kb.tables.import_file(alice.project_id, BUCKET, "orders", source, **options)
    assert is_untouched(alice)


def test_a_key_that_exists_fails_the_job_if_that_is_asked_for(kb, alice, orders):
    with pytest.raises(JobFailedError) as failure:
        kb.tables.import_file(
            alice.project_id, BUCKET, "orders", b"id,amount\n1,2\n1,3\n", dedup_mode="fail_on_duplicates"
        )
    assert failure.value.job.error is not None
    assert failure.value.job.error.status == 409
    assert is_untouched(alice)


def test_without_waiting_there_is_a_job(kb, alice, orders):
    job = kb.tables.import_file(alice.project_id, BUCKET, "orders", b"id,amount\n1,2\n", wait=False)
    assert isinstance(job, Job)
    assert kb.jobs.wait(job.id).result is not None
    exporting = kb.tables.export(alice.project_id, BUCKET, "orders", wait=False)
    assert kb.jobs.wait(exporting.id).state == "success"


def test_an_export_is_a_file_with_the_rows_that_were_asked_for(kb, alice):
    kb.tables.upload(alice.project_id, BUCKET, "orders", ORDERS.encode())
    exported = kb.tables.export(
        alice.project_id, BUCKET, "orders", columns=["note", "id"], where="id > 1", order_by=["id"], delimiter=";"
    )
    assert exported.rows_exported == 2
    content = b"".join(kb.files.stream(alice.project_id, exported.file_id))
    assert content == b"note;id\n;2\nthird;3\n"


def test_the_ending_of_a_path_chooses_the_format(kb, alice, tmp_path):
    kb.tables.upload(alice.project_id, BUCKET, "orders", ORDERS.encode())
    for name in ("o.csv", "o.csv.gz", "o.parquet", "."):
        kb.tables.download(alice.project_id, BUCKET, "orders", tmp_path / name, order_by=["id"])
    into = io.BytesIO()
    assert kb.tables.download(alice.project_id, BUCKET, "orders", into, limit=1).rows_exported == 1
    plain = (tmp_path / "o.csv").read_bytes()
    assert plain.startswith(b"id,amount,note\n1,10.5,first\n")
    assert gzip.decompress((tmp_path / "o.csv.gz").read_bytes()) == plain == (tmp_path / "orders.csv").read_bytes()
    assert (tmp_path / "o.parquet").read_bytes()[:4] == b"PAR1"
    assert into.getvalue().count(b"\n") == 2
    assert is_untouched(alice), "exports that were fetched are removed"
    assert len(list(tmp_path.iterdir())) == 4


def test_a_download_of_no_table_leaves_no_file(kb, alice, tmp_path):
    with pytest.raises(NotFoundError):
        kb.tables.download(alice.project_id, BUCKET, "missing", tmp_path / "m.csv")
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_through_upload_and_import_or_export_and_download(kb, alice, tmp_path):
    seen: list[Progress] = []
    kb.tables.upload(alice.project_id, BUCKET, "many", MANY, on_progress=seen.append)
    kb.tables.download(alice.project_id, BUCKET, "many", tmp_path, on_progress=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ["upload", "import", "export", "download"]
    last = {progress.stage: progress for progress in seen}
    assert all(progress.share == 1.0 for progress in last.values())
    assert str(last["upload"]) == f"upload: {len(MANY):,} of {len(MANY):,} bytes"
    assert str(last["import"]).startswith("import: 100 %")


def test_branches_hold_what_was_loaded_into_them(kb, alice, orders):
    branch = kb.branches.create(alice.project_id, "dev").id
    kb.tables.import_file(alice.project_id, BUCKET, "orders", b"id,amount\n1,2\n", branch=branch)
    kb.tables.upload(alice.project_id, BUCKET, "new", ORDERS.encode(), branch=branch)
    assert kb.tables.get(alice.project_id, BUCKET, "orders").row_count == 0
    assert kb.tables.get(alice.project_id, BUCKET, "new", branch=branch).row_count == 3
    with pytest.raises(NotFoundError):
        kb.tables.get(alice.project_id, BUCKET, "new")


@pytest.mark.parametrize("stage", ["upload", "import"])
def test_an_interrupted_call_leaves_neither_file_nor_table(kb, alice, stage):
    def interrupt(progress: Progress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kb.tables.upload(alice.project_id, BUCKET, "many", MANY, on_progress=interrupt)
    assert is_clean(alice)


@pytest.mark.parametrize("request_number", range(1, 8))
def test_whenever_a_call_is_cancelled_it_leaves_neither_file_nor_table(kb, alice, request_number):
    """Requests: look, prepare, send, register, create, import, watch."""

    async def cancel_it(proxy: BreakingProxy) -> None:
        async with async_client_of(alice, url=proxy.url) as client:
            upload = asyncio.create_task(client.tables.upload(alice.project_id, BUCKET, "many", MANY))
            while len(proxy.requests) < request_number:
                await asyncio.sleep(0.001)
            upload.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload

    with breaking_proxy(alice.server.url) as proxy:
        asyncio.run(cancel_it(proxy))
    until(lambda: is_clean(alice))


def test_two_that_make_the_same_table_do_not_undo_each_other(kb, alice):
    outcomes: list[object] = []

    def make() -> None:
        try:
            with client_of(alice) as client:
                outcomes.append(client.tables.upload(alice.project_id, BUCKET, "both", ORDERS.encode()).row_count)
        except ConflictError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 3 in outcomes
    assert kb.tables.get(alice.project_id, BUCKET, "both").row_count == 3


def test_an_upload_larger_than_memory_would_like_is_read_as_it_goes(kb, alice, tmp_path: Path):
    source = tmp_path / "m.csv"
    source.write_bytes(MANY)
    table = kb.tables.upload(alice.project_id, BUCKET, "many", source.open("rb"))
    assert table.row_count == 400_000

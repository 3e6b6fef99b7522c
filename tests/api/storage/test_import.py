"""POST .../import/file: what a load does, what it answers, and that a refused one changes nothing."""

from __future__ import annotations

import gzip
import io
import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

IMPORT = TABLE + "/import/file"


def parquet(**columns: list[Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


class TestImportContract(EndpointContract):
    path, method, needs, has_body = IMPORT, "POST", "write", True


def test_a_minimal_body_is_a_full_load_of_a_csv_with_a_header(alice: Person, orders: dict) -> None:
    reply = alice.load("id,amount\n1,10.5\n2,\n", "orders")
    assert reply.status_code == 200
    body = reply.json()
    assert (body["imported_rows"], body["table_rows_after"], body["warnings"]) == (2, 2, [])
    assert body["table_size_bytes"] > 0
    assert list(body) == ["imported_rows", "table_rows_after", "table_size_bytes", "warnings"]
    assert alice.rows("orders") == [(1, "10.50"), (2, None)]


def test_a_full_load_replaces_and_an_incremental_one_upserts(alice: Person, orders: dict) -> None:
    alice.load("id,amount\n1,1\n2,2\n", "orders").raise_for_status()
    reply = alice.load("id,amount\n2,22\n3,3\n", "orders", incremental=True).json()
    assert (reply["imported_rows"], reply["table_rows_after"]) == (1, 3)
    assert alice.rows("orders") == [(1, "1.00"), (2, "22.00"), (3, "3.00")]
    alice.load("id,amount\n9,9\n", "orders").raise_for_status()
    assert alice.rows("orders") == [(9, "9.00")]


def test_the_last_row_of_a_file_wins_and_the_answer_says_how_many_were_superseded(alice: Person, orders: dict) -> None:
    reply = alice.load("id,amount\n1,1\n1,2\n", "orders").json()
    assert (reply["imported_rows"], reply["table_rows_after"]) == (2, 1)
    assert "1" in reply["warnings"][0]
    assert alice.rows("orders") == [(1, "2.00")]


def test_gzip_and_parquet_load(alice: Person, orders: dict) -> None:
    alice.load(gzip.compress(b"id,amount\n1,1\n"), "orders", name="x.csv.gz").raise_for_status()
    reply = alice.load(parquet(id=[5], amount=[2.5]), "orders", format="parquet", incremental=True)
    assert reply.json()["table_rows_after"] == 2


def test_the_same_file_loads_again_and_into_other_tables(alice: Person, orders: dict) -> None:
    file_id = alice.upload("id,amount\n1,1\n")
    alice.make_table("in.c-sales", "copy", {"id": "INTEGER", "amount": "DOUBLE"})
    for table in ("orders", "orders", "copy"):
        alice.post(IMPORT, bucket="in.c-sales", table=table, json={"file_id": file_id}).raise_for_status()


def test_a_quoted_empty_field_is_the_empty_text_unless_asked_otherwise(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "fields", {"text": "VARCHAR", "number": "INTEGER"})
    content = 'text,number\n"",""\n,\n'
    alice.load(content, "fields").raise_for_status()
    assert alice.rows("fields") == [("", None), (None, None)]
    alice.load(content, "fields", csv_options={"quoted_null": True}).raise_for_status()
    assert alice.rows("fields") == [(None, None), (None, None)]


def test_options_of_the_dialect_are_used(alice: Person, orders: dict) -> None:
    options = {"delimiter": ";", "quote": "'", "header": False, "null_string": "NULL"}
    alice.load("1;'2'\n2;NULL\n", "orders", csv_options=options).raise_for_status()
    assert alice.rows("orders") == [(1, "2.00"), (2, None)]


BAD = [
    ("empty file", "", {}, "import_failed", {}),
    ("too many columns in a row", "id,amount\n1,1\n2,2,2\n", {}, "import_failed", {"line": 3}),
    ("too few columns in a row", "id,amount\n1,1\n2\n", {}, "import_failed", {"line": 3}),
    ("wrong number of columns", "id\n1\n", {}, "import_failed", {}),
    ("bad type", "id,amount\n1,1\nx,2\n", {}, "import_failed", {"line": 3, "column": "id", "value": "x"}),
    ("broken UTF-8", b"id,amount\n1,1\n\xff\xfe,2\n", {}, "import_failed", {}),
    ("null in the key", "id,amount\n1,1\n,2\n", {}, "import_failed", {"column": "id"}),
    ("not parquet", "id,amount\n1,1\n", {"format": "parquet"}, "import_failed", {}),
    ("parquet as csv", parquet(id=[1], amount=[1.0]), {}, "import_failed", {}),
    ("broken gzip", gzip.compress(b"id,amount\n1,1\n")[:-12], {}, "import_failed", {}),
    ("unknown format", "id,amount\n1,1\n", {"format": "CSV"}, "invalid_format", {"format": "CSV"}),
    ("unknown column", "id,x\n1,1\n", {"columns": ["id", "x"]}, "invalid_columns", {}),
    ("repeated column", "id,x\n1,1\n", {"columns": ["id", "id"]}, "invalid_columns", {"columns": ["id"]}),
    ("no column", "id,x\n1,1\n", {"columns": []}, "invalid_columns", {"columns": []}),
    ("long delimiter", "id,amount\n1,1\n", {"csv_options": {"delimiter": "12345"}}, "invalid_csv_options", {}),
]


@pytest.mark.parametrize(("content", "body", "code", "details"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_a_bad_load_is_refused_with_the_place_and_changes_nothing(
    alice: Person, orders: dict, content: str | bytes, body: dict, code: str, details: dict
) -> None:
    alice.load("id,amount\n7,7\n", "orders").raise_for_status()
    before = alice.get(TABLE, bucket="in.c-sales", table="orders").json()
    reply = alice.load(content, "orders", **body)
    assert error_of(reply) == (400, code)
    found = reply.json()["detail"]
    assert details.items() <= found["details"].items()
    if code == "import_failed":
        assert {"file_id", "format"} <= found["details"].keys()
    assert str(alice.server.data_dir) not in reply.text
    assert alice.get(TABLE, bucket="in.c-sales", table="orders").json() == before
    assert alice.rows("orders") == [(7, "7.00")]


def test_a_duplicate_is_409_when_asked_to_fail_on_it(alice: Person, orders: dict) -> None:
    alice.load("id,amount\n1,1\n", "orders").raise_for_status()
    reply = alice.load("id,amount\n1,2\n", "orders", incremental=True, dedup_mode="fail_on_duplicates")
    assert error_of(reply) == (409, "duplicate_key")
    assert reply.json()["detail"]["message"].startswith("Duplicate key violation: ")
    assert alice.rows("orders") == [(1, "1.00")]


def test_an_unknown_table_comes_before_an_unknown_file_and_that_before_a_bad_format(
    alice: Person, orders: dict
) -> None:
    unknown = {"file_id": "nope", "format": "xml"}
    assert error_of(alice.post(IMPORT, bucket="in.c-sales", table="nope", json=unknown)) == (404, "table_not_found")
    assert error_of(alice.post(IMPORT, bucket="in.c-sales", table="orders", json=unknown)) == (404, "file_not_found")


def test_a_file_of_another_project_is_not_found(alice: Person, carol: Person, orders: dict) -> None:
    foreign = carol.upload("id,amount\n1,1\n")
    reply = alice.post(IMPORT, bucket="in.c-sales", table="orders", json={"file_id": foreign})
    assert error_of(reply) == (404, "file_not_found")


def test_a_thousand_columns_load(alice: Person, bucket: str) -> None:
    names = [f"c{number}" for number in range(1000)]
    alice.make_table(bucket, "wide", dict.fromkeys(names, "INTEGER"))
    lines = [",".join(names), ",".join(map(str, range(1000)))]
    assert alice.load("\n".join(lines), "wide").json()["table_rows_after"] == 1
    assert alice.rows("wide") == [tuple(range(1000))]


def test_a_cell_of_ten_megabytes_loads(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "big", {"id": "INTEGER", "text": "VARCHAR"})
    assert alice.load("id,text\n1," + "x" * 10_000_000 + "\n2,y\n", "big").json()["table_rows_after"] == 2


def test_odd_names_are_only_names(alice: Person, bucket: str) -> None:
    columns = {"select": "INTEGER", "a b": "VARCHAR", "ü😀'; DROP TABLE data; --": "VARCHAR"}
    alice.make_table(bucket, "0.order-by", columns)
    alice.load('x,y,z\n1,"q""q","line\nbreak"\n', "0.order-by").raise_for_status()
    assert alice.rows("0.order-by") == [(1, 'q"q', "line\nbreak")]


def test_on_request_a_load_is_a_job(alice: Person, orders: dict) -> None:
    reply = alice.load("id,amount\n1,1\n", "orders", headers={"Prefer": "respond-async"})
    assert reply.status_code == 202
    job = reply.json()
    assert reply.headers["Location"] == f"/jobs/{job['id']}"
    done = alice.wait_for(job["id"])
    assert (done["state"], done["progress"]) == ("success", 1.0)
    assert done["result"]["table_rows_after"] == 1


def test_a_failed_load_is_a_job_that_says_why(alice: Person, orders: dict) -> None:
    reply = alice.load("id,amount\nx,1\n", "orders", headers={"Prefer": "respond-async"})
    done = alice.wait_for(reply.json()["id"])
    assert (done["state"], done["error"]["error"], done["error"]["details"]["line"]) == ("error", "import_failed", 2)
    assert alice.rows("orders") == []


def test_a_synchronous_load_is_recorded_as_a_job_and_as_an_event(alice: Person, orders: dict) -> None:
    alice.load("id,amount\n1,1\n", "orders").raise_for_status()
    jobs = alice.get("/projects/{p}/jobs").json()["jobs"]
    assert [(job["type"], job["state"]) for job in jobs] == [("table_import", "success")]
    assert ("import_table", "success", "table", "in.c-sales.orders") in alice.server.events(alice.project_id)


def test_the_published_link_shows_the_loaded_rows_to_another_process(alice: Person, orders: dict) -> None:
    import duckdb

    alice.load("id,amount\n1,1\n", "orders").raise_for_status()
    link = alice.server.data_dir / "duckdb" / f"project_{alice.project_id}" / "in.c-sales" / "orders.duckdb"
    with duckdb.connect(str(link), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM main.data").fetchone() == (1,)


def test_a_table_keeps_its_ten_newest_versions_and_no_file_of_the_others(alice: Person, orders: dict) -> None:
    for number in range(12):
        alice.load(f"id,amount\n{number},1\n", "orders").raise_for_status()
    query = "SELECT number, id FROM storage_tableversion WHERE project_id = ? ORDER BY number"
    kept = alice.server.execute(query, alice.project_id)
    assert [number for number, _ in kept] == list(range(4, 14))
    directory = alice.server.data_dir / "versions" / f"project_{alice.project_id}"
    deadline = time.monotonic() + 10
    while (files := {path.stem for path in directory.iterdir()}) != {name for _, name in kept}:
        assert time.monotonic() < deadline, files
        time.sleep(0.01)
    assert alice.rows("orders") == [(11, "1.00")]

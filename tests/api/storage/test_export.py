"""POST .../export: formats, filters, refusals, and the round trip back through import."""

from __future__ import annotations

import gzip
import hashlib
import io
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

EXPORT = TABLE + "/export"
TYPES = {"id": "INTEGER", "text": "VARCHAR", "amount": "DECIMAL(10,2)", "day": "DATE", "flag": "BOOLEAN"}
CSV = 'id,text,amount,day,flag\n1,"a,""b""\nc",1.50,2024-01-02,true\n2,"",,,\n3,,-7.25,1999-12-31,false\n'


class TestExportContract(EndpointContract):
    path, method, needs, has_body = EXPORT, "POST", "write", True


@pytest.fixture
def things(alice: Person, bucket: str) -> str:
    alice.make_table(bucket, "things", TYPES)
    alice.load(CSV, "things").raise_for_status()
    return "things"


def export(person: Person, **body: object) -> dict:
    reply = person.post(EXPORT, bucket="in.c-sales", table="things", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def download(person: Person, file_id: str) -> bytes:
    reply = person.get("/projects/{p}/files/{file}/download", file=file_id)
    reply.raise_for_status()
    return reply.content


def test_csv_has_a_header_and_tells_null_from_the_empty_string(alice: Person, things: str) -> None:
    answer = export(alice)
    content = download(alice, answer["file_id"])
    assert content.decode() == CSV
    assert (answer["rows_exported"], answer["file_size_bytes"]) == (3, len(content))
    assert answer["file_path"].endswith(".csv")
    assert "export_things_" in answer["file_path"]


def test_an_export_is_a_registered_file_with_checksum_and_tags(alice: Person, things: str) -> None:
    info = alice.get("/projects/{p}/files/{file}", file=export(alice)["file_id"]).json()
    assert info["tags"] == {"type": "export", "table": "in.c-sales.things"}
    assert (info["content_type"], info["is_staged"]) == ("text/csv", False)
    assert info["checksum_sha256"] == hashlib.sha256(CSV.encode()).hexdigest()
    assert datetime.fromisoformat(info["expires_at"]) - datetime.fromisoformat(info["created_at"]) == timedelta(days=7)


def test_gzip_is_a_gzip_stream(alice: Person, things: str) -> None:
    answer = export(alice, compression="gzip")
    assert gzip.decompress(download(alice, answer["file_id"])).decode() == CSV
    assert answer["file_path"].endswith(".csv.gz")


@pytest.mark.parametrize("compression", [None, "gzip", "zstd", "snappy"])
def test_parquet_has_names_and_types_of_the_table(alice: Person, things: str, compression: str | None) -> None:
    content = download(alice, export(alice, format="parquet", compression=compression)["file_id"])
    table = pq.read_table(io.BytesIO(content))
    assert table.column_names == list(TYPES)
    assert str(table.schema.field("amount").type) == "decimal128(10, 2)"


@pytest.mark.parametrize("body", [{}, {"compression": "gzip"}, {"format": "parquet", "compression": "zstd"}])
def test_what_export_wrote_import_reads_back_equal(alice: Person, things: str, body: dict) -> None:
    alice.make_table("in.c-sales", "again", TYPES)
    file_id = export(alice, **body)["file_id"]
    order = {"file_id": file_id, "format": body.get("format", "csv")}
    alice.post(TABLE + "/import/file", bucket="in.c-sales", table="again", json=order).raise_for_status()
    assert alice.rows("again") == alice.rows("things")


def test_columns_filter_and_limit_choose_what_is_written(alice: Person, things: str) -> None:
    answer = export(alice, columns=["amount", "id"], where_filter="id <> 2 AND text IS NOT NULL OR id = 3", limit=5)
    assert download(alice, answer["file_id"]).decode() == "amount,id\n1.50,1\n-7.25,3\n"
    assert export(alice, limit=1)["rows_exported"] == 1
    assert export(alice, limit=0)["rows_exported"] == 3
    assert export(alice, limit=10**30)["rows_exported"] == 3


def test_a_result_without_rows_is_only_the_header(alice: Person, things: str) -> None:
    answer = export(alice, where_filter="id > 100")
    assert download(alice, answer["file_id"]).decode() == "id,text,amount,day,flag\n"


REFUSED = [
    ({"format": "xml"}, "invalid_format"),
    ({"compression": "zstd"}, "invalid_compression"),
    ({"compression": ""}, "invalid_compression"),
    ({"format": "parquet", "compression": "none"}, "invalid_compression"),
    ({"where_filter": "1=1; DROP TABLE data"}, "invalid_where_clause"),
    ({"where_filter": "id IN (SELECT 1)"}, "invalid_where_clause"),
    ({"where_filter": "text = (SELECT content FROM read_text('/etc/passwd'))"}, "invalid_where_clause"),
    ({"where_filter": "getenv('HOME') = text"}, "invalid_where_clause"),
    ({"where_filter": "nope = 1"}, "invalid_where_clause"),
    ({"where_filter": "   "}, "invalid_where_clause"),
    ({"where_filter": "id = "}, "invalid_where_clause"),
    ({"columns": ["nope"]}, "invalid_columns"),
    ({"columns": ["id", "id"]}, "invalid_columns"),
    ({"limit": -1}, "invalid_limit"),
    ({"delimiter": ""}, "invalid_csv_options"),
    ({"delimiter": "||"}, "invalid_csv_options"),
    ({"delimiter": "é"}, "invalid_csv_options"),
    ({"delimiter": "\n"}, "invalid_csv_options"),
    ({"quote": "ab"}, "invalid_csv_options"),
    ({"quote": ","}, "invalid_csv_options"),
    ({"null_string": "a,b"}, "invalid_csv_options"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=[str(case[0]) for case in REFUSED])
def test_a_bad_order_is_400_and_writes_no_file(alice: Person, things: str, body: dict, code: str) -> None:
    before = alice.get("/projects/{p}/files").json()["total"]
    reply = alice.post(EXPORT, bucket="in.c-sales", table="things", json=body)
    assert error_of(reply) == (400, code)
    assert str(alice.server.data_dir) not in reply.text
    assert alice.get("/projects/{p}/files").json()["total"] == before


@pytest.mark.parametrize(("format", "names"), [("csv", ["gzip"]), ("parquet", ["gzip", "zstd", "snappy"])])
def test_a_bad_compression_is_answered_with_the_valid_ones(
    alice: Person, things: str, format: str, names: list[str]
) -> None:
    order = {"format": format, "compression": "lz4"}
    reply = alice.post(EXPORT, bucket="in.c-sales", table="things", json=order)
    assert reply.json()["detail"]["message"] == f"Invalid compression for {format}: lz4"
    assert reply.json()["detail"]["details"] == {"format": format, "valid_compression": [None, *names]}


@pytest.mark.parametrize("headers", [{}, {"Prefer": "respond-async"}])
def test_of_several_mistakes_the_first_is_told_before_there_is_a_job(alice: Person, things: str, headers: dict) -> None:
    order = {"format": "xml", "compression": "x", "where_filter": "a;b", "columns": ["nope"], "limit": -1, "quote": ","}
    told = []
    while True:
        reply = alice.post(EXPORT, bucket="in.c-sales", table="things", json=order, headers=headers)
        if not reply.is_client_error:
            break
        told.append(error_of(reply)[1])
        order.pop(next(iter(order)))
    assert told == [
        "invalid_format",
        "invalid_compression",
        "invalid_where_clause",
        "invalid_columns",
        "invalid_limit",
        "invalid_csv_options",
    ]
    assert alice.get("/projects/{p}/jobs?type=table_export").json()["total"] == 1


def test_on_request_an_export_is_a_job(alice: Person, things: str) -> None:
    reply = alice.post(EXPORT, bucket="in.c-sales", table="things", json={}, headers={"Prefer": "respond-async"})
    assert reply.status_code == 202
    done = alice.wait_for(reply.json()["id"])
    assert done["result"]["rows_exported"] == 3

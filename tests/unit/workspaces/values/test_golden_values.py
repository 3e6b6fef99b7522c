"""Every type against the bytes of PostgreSQL 15, in both formats and in all the forms in which Arrow brings it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from tests.unit.workspaces.values.golden import GOLDEN
from workspaces.pgwire.values.data_rows import RowEncoder
from workspaces.pgwire.values.encode import Style
from workspaces.pgwire.values.types import postgres_type

PRAGUE = Style(time_zone="Europe/Prague")
IDS = [f"{row[0]}-{row[1]}"[:60] for row in GOLDEN]
#: Without the lossless conversion Arrow gets no offset of a time and too few digits of the largest integers.
ONLY_LOSSLESS = ("TIME WITH TIME ZONE", "UHUGEINT", "HUGEINT")


@pytest.fixture(scope="module", params=["lossless", "lossy"])
def engine(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"SET arrow_lossless_conversion = {request.param == 'lossless'}; SET TimeZone = 'UTC'")
        yield connection


def is_lossless(engine: duckdb.DuckDBPyConnection) -> bool:
    return engine.sql("SELECT current_setting('arrow_lossless_conversion')").fetchone() == (True,)


def column(engine: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatch:
    return engine.execute(query).to_arrow_reader(1000).read_next_batch()


def fields(stream: bytes, rows: int) -> list[bytes | None]:
    """The single field of each DataRow, taken apart by hand."""
    found: list[bytes | None] = []
    at = 0
    for _ in range(rows):
        assert stream[at : at + 1] == b"D"
        length = int.from_bytes(stream[at + 1 : at + 5], "big")
        assert stream[at + 5 : at + 7] == b"\0\1"
        size = int.from_bytes(stream[at + 7 : at + 11], "big", signed=True)
        assert length == 10 + max(size, 0)
        found.append(None if size < 0 else stream[at + 11 : at + 11 + size])
        at += 1 + length
    assert at == len(stream)
    return found


def wire(batch: pa.RecordBatch, duckdb_type: str, format_code: int) -> list[bytes | None]:
    encoder = RowEncoder([postgres_type(duckdb_type)], [format_code], style=PRAGUE)
    stream = b"".join(bytes(chunk.data) for chunk in encoder.data_rows(batch))
    return fields(stream, batch.num_rows)


@pytest.mark.parametrize(("duckdb_type", "literal", "oid", "text", "binary"), GOLDEN, ids=IDS)
def test_a_value_travels_as_postgresql_sends_it(engine, duckdb_type, literal, oid, text, binary):
    if not is_lossless(engine) and duckdb_type.startswith(ONLY_LOSSLESS):
        pytest.skip("not in Arrow without the lossless conversion")
    batch = column(engine, f"SELECT ({literal})::{duckdb_type} AS v")
    assert postgres_type(duckdb_type).oid == oid
    assert wire(batch, duckdb_type, 0) == [text.encode()]
    assert wire(batch, duckdb_type, 1) == [bytes.fromhex(binary)]


@pytest.mark.parametrize("duckdb_type", sorted({row[0] for row in GOLDEN}))
def test_columns_with_nulls_and_slices_of_them_keep_each_value_in_its_row(engine, duckdb_type):
    if not is_lossless(engine) and duckdb_type.startswith(ONLY_LOSSLESS):
        pytest.skip("not in Arrow without the lossless conversion")
    cases = [row for row in GOLDEN if row[0] == duckdb_type]
    rows = [f"(({row[1]})::{duckdb_type})" for row in cases]
    batch = column(engine, f"SELECT * FROM (VALUES {','.join(['(NULL)', *rows, '(NULL)', *rows])}) AS t(v)")
    text = [None, *(row[3].encode() for row in cases)] * 2
    binary = [None, *(bytes.fromhex(row[4]) for row in cases)] * 2
    assert wire(batch, duckdb_type, 0) == text
    assert wire(batch, duckdb_type, 1) == binary
    assert wire(batch.slice(2, len(cases) + 1), duckdb_type, 0) == text[2 : len(cases) + 3]
    assert wire(batch.slice(2, len(cases) + 1), duckdb_type, 1) == binary[2 : len(cases) + 3]
    assert wire(batch.slice(0, 1), duckdb_type, 1) == [None]

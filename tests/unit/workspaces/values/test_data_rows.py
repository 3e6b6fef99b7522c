"""How encoded columns become messages: mixtures of widths and NULLs, chunks, limits, and JSON of nested values."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from workspaces.pgwire.values import data_rows as data_rows_module
from workspaces.pgwire.values.data_rows import CHUNK_ROWS, RowEncoder
from workspaces.pgwire.values.encode import Style, text_column
from workspaces.pgwire.values.errors import WireValueError
from workspaces.pgwire.values.types import BINARY_FORMAT, BY_OID, TEXT_FORMAT, postgres_type


def parsed(stream: bytes) -> list[list[bytes | None]]:
    """DataRow messages taken apart, one list of fields per row."""
    rows, at = [], 0
    while at < len(stream):
        assert stream[at : at + 1] == b"D"
        end = at + 1 + int.from_bytes(stream[at + 1 : at + 5], "big")
        count, at = int.from_bytes(stream[at + 5 : at + 7], "big"), at + 7
        row: list[bytes | None] = []
        for _ in range(count):
            size = int.from_bytes(stream[at : at + 4], "big", signed=True)
            at += 4
            row.append(None if size < 0 else stream[at : at + size])
            at += max(size, 0)
        assert at == end
        rows.append(row)
    return rows


def encoded(batch: pa.RecordBatch, types: list[str], formats: list[int]) -> bytes:
    encoder = RowEncoder([postgres_type(each) for each in types], formats)
    return b"".join(bytes(stream.data) for stream in encoder.data_rows(batch))


@pytest.mark.parametrize("formats", [[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
def test_columns_of_fixed_and_varying_width_keep_their_places(formats):
    batch = pa.record_batch(
        {
            "a": pa.array([1, None, 3], pa.int32()),
            "b": pa.array(["x", "", None]),
            "c": pa.array([7, 8, 9], pa.int64()),
            "d": pa.array([None, None, b"\xff"]),
        }
    )
    rows = parsed(encoded(batch, ["INTEGER", "VARCHAR", "BIGINT", "BLOB"], formats))

    def number(value: int, size: int, format_code: int) -> bytes:
        return value.to_bytes(size, "big") if format_code else str(value).encode()

    assert rows == [
        [number(1, 4, formats[0]), b"x", number(7, 8, formats[2]), None],
        [None, b"", number(8, 8, formats[2]), None],
        [number(3, 4, formats[0]), None, number(9, 8, formats[2]), b"\xff" if formats[3] else b"\\xff"],
    ]


def test_rows_without_columns_and_batches_without_rows():
    without_columns = pa.table({"a": [1, 2]}).select([]).to_batches()
    assert encoded(pa.record_batch({"a": pa.array([], pa.int32())}), ["INTEGER"], [0]) == b""
    for batch in without_columns:
        assert parsed(encoded(batch, [], [])) == [[]] * batch.num_rows


def test_large_batches_come_in_chunks_whose_offsets_are_rows():
    count = 3 * CHUNK_ROWS + 5
    batch = pa.record_batch({"a": np.arange(count), "b": pa.array(["x" * (i % 7) for i in range(count)])})
    encoder = RowEncoder([postgres_type("BIGINT"), postgres_type("VARCHAR")], [TEXT_FORMAT, BINARY_FORMAT])
    streams = list(encoder.data_rows(batch))
    assert [len(stream) for stream in streams] == [CHUNK_ROWS] * 3 + [5]
    for stream in streams:
        assert stream.offsets[-1] == len(stream.data)
        assert all(stream.data[int(at)] == ord("D") for at in stream.offsets[:-1])
    rows = parsed(b"".join(bytes(stream.data) for stream in streams))
    assert [int(row[0] or b"") for row in rows] == list(range(count))


def test_a_few_huge_values_are_encoded_apart(monkeypatch):
    monkeypatch.setattr(data_rows_module, "CHUNK_BYTES", 1000)
    batch = pa.record_batch({"a": pa.array(["x" * 10] * 50 + ["y" * 5000] * 3 + [None] * 20)})
    encoder = RowEncoder([postgres_type("VARCHAR")], [0])
    streams = list(encoder.data_rows(batch))
    assert max(len(stream.data) for stream in streams) < 3 * 5000
    assert len(parsed(b"".join(bytes(stream.data) for stream in streams))) == 73


def test_a_row_beyond_the_limit_of_a_message_is_an_error(monkeypatch):
    monkeypatch.setattr(data_rows_module, "MAX_MESSAGE_BYTES", 100)
    with pytest.raises(WireValueError, match="exceeds the limit") as raised:
        encoded(pa.record_batch({"a": ["x" * 200]}), ["VARCHAR"], [0])
    assert raised.value.sqlstate == "54000"


def test_a_date_beyond_postgresqls_calendar_travels_as_text_only():
    batch = pa.record_batch({"a": pa.array([2_145_042_906], pa.int32()).cast(pa.date32())})
    assert parsed(encoded(batch, ["DATE"], [0])) == [[b"5874898-01-01"]]
    with pytest.raises(WireValueError) as raised:
        encoded(batch, ["DATE"], [1])
    assert (raised.value.sqlstate, raised.value.message) == ("22008", "date out of range")


def test_catalog_columns_have_types_of_their_own():
    batch = pa.record_batch(
        {"oid": pa.array([4294967295], pa.uint32()), "keys": pa.array([[1, 2]], pa.list_(pa.int16())), "name": ["t"]}
    )
    types = [BY_OID[26], BY_OID[22], BY_OID[19]]
    (text,) = RowEncoder(types, [0, 0, 0]).data_rows(batch)
    assert parsed(bytes(text.data)) == [[b"4294967295", b"1 2", b"t"]]
    (binary,) = RowEncoder(types, [1, 1, 1]).data_rows(batch)
    # As PostgreSQL 15 sends '1 2'::int2vector: one dimension, no NULLs, int2, two elements from position 0 on.
    vector = bytes.fromhex("0000000100000000000000150000000200000000000000020001000000020002")
    assert parsed(bytes(binary.data)) == [[b"\xff\xff\xff\xff", vector, b"t"]]


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute("SET arrow_lossless_conversion = true; SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize(
    "literal",
    [
        r"{'a': 1, 'b': E'x\"y\\z\n' || chr(1), 'c': [1.5, NULL], 'd': DATE '2020-01-01', 'e': MAP {'k': 1.5}}",
        "{'a b': {'c': NULL::INTEGER}, 'ž\"': 'ř'}",
        "[{'a': 1}, NULL, {'a': 2}]::STRUCT(a INTEGER)[]",
        "MAP {1: 'x', 2: NULL}",
        "MAP {DATE '2020-01-01': [1]}",
        "MAP {}",
        "1::UNION(a INTEGER, b VARCHAR)",
        "['q'::UNION(a INTEGER, b VARCHAR)]",
        "[[1, 2], [NULL], NULL, []]",
        "[[1, 2], [3, 4]]::INTEGER[2][]",
        "['{\"a\": 1}'::JSON, NULL]",
        "{'x': 1.0::DOUBLE, 'y': 1e20, 'z': 0.5::FLOAT, 'n': 170141183460469231731687303715884105727::HUGEINT}",
        "{'t': TIMESTAMP '2020-01-01 01:02:03.5', 'z': TIMESTAMPTZ '2020-01-01 00:00:00+00', 'b': '0101'::BIT}",
        "{'u': 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID, 'e': 'a'::ENUM('a', 'b')}",
    ],
)
def test_nested_values_are_the_json_that_the_engine_makes(engine, literal):
    query = f"SELECT * FROM (VALUES ({literal}), (NULL), ({literal})) AS t(v)"
    duckdb_type = str(engine.sql(query).types[0])
    batch = engine.execute(query).to_arrow_reader(10).read_next_batch()
    own = text_column(batch.column(0), postgres_type(duckdb_type), Style()).to_pylist()
    theirs = engine.execute(f"SELECT to_json(v) FROM ({query})").fetchall()
    assert postgres_type(duckdb_type).oid == 114
    assert own[1] is None
    assert [json.loads(own[0]), json.loads(own[2])] == [json.loads(theirs[0][0])] * 2

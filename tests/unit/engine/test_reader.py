"""A preview shows each value as the contract's table says, as JSON that DuckDB itself has written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.engine.preview_json import encoded_scalar_sql
from storage.engine.reader import preview_rows
from storage.engine.specs import ColumnSpec
from storage.engine.types import canonical_type

ENCODED: list[tuple[str, str, Any]] = [
    ("TINYINT", "-128", -128),
    ("INTEGER", "1", 1),
    ("BIGINT", "9223372036854775807", 9223372036854775807),
    ("UBIGINT", "18446744073709551615", 18446744073709551615),
    ("HUGEINT", "-170141183460469231731687303715884105727", -170141183460469231731687303715884105727),
    ("UHUGEINT", "340282366920938463463374607431768211455", 340282366920938463463374607431768211455),
    ("BOOLEAN", "true", True),
    ("BOOLEAN", "false", False),
    ("FLOAT", "0.1", 0.1),
    ("FLOAT", "'nan'", None),
    ("FLOAT", "'-inf'", None),
    ("DOUBLE", "0.1", 0.1),
    ("DOUBLE", "1e300", 1e300),
    ("DOUBLE", "5e-324", 5e-324),
    ("DOUBLE", "'inf'", None),
    ("DECIMAL(10,2)", "12.5", "12.50"),
    ("DECIMAL(38,0)", "-99999999999999999999999999999999999999", "-99999999999999999999999999999999999999"),
    ("DECIMAL(3,3)", "0.001", "0.001"),
    ("DECIMAL(38,38)", "-0.5", "-0.5" + "0" * 37),
    ("VARCHAR", "'a\"b\\c'", 'a"b\\c'),
    ("VARCHAR", "'é😀' || chr(10) || chr(1) || chr(0)", "é😀\n\x01\0"),
    ("VARCHAR", "''", ""),
    ("ENUM('x','q\"')", "'q\"'", 'q"'),
    ("BIT", "'0101'", "0101"),
    ("BIGNUM", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("JSON", "'{\"a\":  [1, null]}'", '{"a":  [1, null]}'),
    ("DATE", "'2024-01-02'", "2024-01-02"),
    ("DATE", "'infinity'", "9999-12-31"),
    ("DATE", "'-infinity'", "0001-01-01"),
    ("DATE", "'0044-01-02 (BC)'", "0044-01-02 (BC)"),
    ("TIME", "'03:04:05'", "03:04:05"),
    ("TIME", "'03:04:05.6'", "03:04:05.600000"),
    ("TIME", "'03:04:05.000001'", "03:04:05.000001"),
    ("TIMETZ", "'03:04:05+01'", "03:04:05+01:00"),
    ("TIMETZ", "'03:04:05.6-01:30'", "03:04:05.600000-01:30"),
    ("TIMETZ", "'03:04:05+00'", "03:04:05+00:00"),
    ("TIMESTAMP", "'2024-01-02 03:04:05'", "2024-01-02T03:04:05"),
    ("TIMESTAMP", "'2024-01-02 03:04:05.678901'", "2024-01-02T03:04:05.678901"),
    ("TIMESTAMP", "'2024-01-02 03:04:05.5'", "2024-01-02T03:04:05.500000"),
    ("TIMESTAMP", "'0001-01-01 00:00:00'", "0001-01-01T00:00:00"),
    ("TIMESTAMP", "'infinity'", "9999-12-31T23:59:59.999999"),
    ("TIMESTAMP", "'-infinity'", "0001-01-01T00:00:00"),
    ("TIMESTAMP_S", "'2024-01-02 03:04:05'", "2024-01-02T03:04:05"),
    ("TIMESTAMP_MS", "'2024-01-02 03:04:05.25'", "2024-01-02T03:04:05.250000"),
    ("TIMESTAMP_NS", "'2024-01-02 03:04:05.123456789'", "2024-01-02T03:04:05.123456"),
    ("TIMESTAMP_NS", "'2024-01-02 03:04:05.000000789'", "2024-01-02T03:04:05"),
    ("TIMESTAMP_NS", "'infinity'", "9999-12-31T23:59:59.999999"),
    ("TIMESTAMPTZ", "'2024-01-02 03:04:05+02'", "2024-01-02T01:04:05+00:00"),
    ("TIMESTAMPTZ", "'2024-01-02 03:04:05.25+02'", "2024-01-02T01:04:05.250000+00:00"),
    ("TIMESTAMPTZ", "'infinity'", "9999-12-31T23:59:59.999999+00:00"),
    ("UUID", "'C0FFEE00-0000-4000-8000-00000000000A'", "c0ffee00-0000-4000-8000-00000000000a"),
    ("INTERVAL", "'1 day 2 hours'", "1 day, 2:00:00"),
    ("INTERVAL", "'2 months'", "60 days, 0:00:00"),
    ("INTERVAL", "'1 year'", "360 days, 0:00:00"),
    ("INTERVAL", "'30 hours'", "1 day, 6:00:00"),
    ("INTERVAL", "'-1 hour'", "-1 day, 23:00:00"),
    ("INTERVAL", "'-2 days -0.5 seconds'", "-3 days, 23:59:59.500000"),
    ("INTERVAL", "'0 seconds'", "0:00:00"),
    ("BLOB", "'\\xAA\\x01z'::BLOB", "\\xAA\\x01z"),
    ("INTEGER[]", "[1, NULL, 3]", [1, None, 3]),
    ("INTEGER[]", "[]", []),
    ("DECIMAL(4,2)[2]", "[1.5, 2]", ["1.50", "2.00"]),
    ("DATE[][]", "[['2024-01-01'], NULL, []]", [["2024-01-01"], None, []]),
    ("FLOAT[]", "['nan'::FLOAT, 1.5]", [None, 1.5]),
    ("STRUCT(a DECIMAL(4,2), \"b c\" VARCHAR)", "{'a': 1.5, 'b c': NULL}", {"a": "1.50", "b c": None}),
    ("STRUCT(\"q'\"\"\" INT)", "row(1)", {"q'\"": 1}),
    ("STRUCT(i INTERVAL)[]", "[{'i': INTERVAL 1 DAY}, NULL]", [{"i": "1 day, 0:00:00"}, None]),
    ("MAP(INTEGER, VARCHAR)", "map {1: 'x', 2: NULL}", {"1": "x", "2": None}),
    ("MAP(VARCHAR, DATE[])", "map {'k\"': ['2024-01-01'::DATE]}", {'k"': ["2024-01-01"]}),
    ("MAP(DATE, MAP(BOOLEAN, INT))", "map {'2024-01-01'::DATE: map {true: 1}}", {"2024-01-01": {"true": 1}}),
    ("MAP(INTEGER[], INTEGER)", "map {[1]: 2}", {"[1]": 2}),
    ("MAP(INTEGER, INTEGER)", "map {}", {}),
    ("UNION(n INTEGER, s VARCHAR)", "7", 7),
    ("UNION(n INTEGER, s VARCHAR)", "union_value(s := 'x')", "x"),
    ("UNION(n INTEGER, t TIMESTAMP)[]", "[union_value(n := 1)]", [1]),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute("SET TimeZone = 'UTC'")
    return opened


def _preview(connection: duckdb.DuckDBPyConnection, *columns: tuple[str, str], **options: int) -> Any:
    specs = tuple(ColumnSpec(name, canonical_type(kind)) for name, kind in columns)
    return preview_rows(
        connection=connection,
        table='"main"."data"',
        columns=specs,
        limit=options.pop("limit", 100),
        **options,
    )


@pytest.mark.parametrize(("kind", "value", "expected"), ENCODED)
def test_a_value_is_encoded_as_the_contract_says(
    connection: duckdb.DuckDBPyConnection, kind: str, value: str, expected: Any
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE data AS SELECT CAST({value} AS {kind}) AS v")
    connection.execute("INSERT INTO data VALUES (NULL)")

    preview = _preview(connection, ("v", kind))

    shown = json.loads(preview.rows_json)
    assert shown == [{"v": expected}, {"v": None}]
    assert type(shown[0]["v"]) is type(expected)
    assert (preview.row_count, preview.truncated) == (2, False)


def test_cut_values_are_valid_json_for_every_type(connection: duckdb.DuckDBPyConnection) -> None:
    for kind, value, _ in ENCODED:
        encoded = encoded_scalar_sql("v", canonical_type(kind), cut=1)
        row = connection.execute(f"SELECT {encoded} FROM (SELECT CAST({value} AS {kind}) AS v)").fetchone()
        assert row is not None
        assert row[0] is None or json.loads(row[0]) is not ...


def test_columns_keep_their_names_and_order_whatever_they_are_called(connection: duckdb.DuckDBPyConnection) -> None:
    names = ["z", "a b", "select", "é😀", "it's", "a\\b", "item0", "data", "1"]
    columns = ", ".join(f'{i} AS "{name}"' for i, name in enumerate(names))
    connection.execute(f"CREATE OR REPLACE TABLE data AS SELECT {columns}")

    preview = _preview(connection, *((name, "INTEGER") for name in names))

    assert list(json.loads(preview.rows_json)[0].items()) == [(name, i) for i, name in enumerate(names)]


def test_a_quote_in_a_column_name_is_shown(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute('CREATE OR REPLACE TABLE data AS SELECT 1 AS "a""b"')

    assert json.loads(_preview(connection, ('a"b', "INTEGER")).rows_json) == [{'a"b': 1}]


def test_an_empty_table_is_an_empty_array(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE data (v INTEGER)")

    preview = _preview(connection, ("v", "INTEGER"))

    assert (preview.rows_json, preview.row_count) == (b"[]", 0)


def test_the_first_rows_are_shown_in_storage_order(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT range AS v FROM range(200000)")

    preview = _preview(connection, ("v", "BIGINT"), limit=2500)

    assert [row["v"] for row in json.loads(preview.rows_json)] == list(range(2500))
    assert preview.row_count == 2500


def test_long_texts_are_cut_when_the_answer_would_be_too_large(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE data AS"
        " SELECT range AS id, repeat('é', 20000) AS t, [repeat('y', 9000)] AS l FROM range(50)"
    )

    preview = _preview(connection, ("id", "BIGINT"), ("t", "VARCHAR"), ("l", "VARCHAR[]"), max_bytes=1_000_000)

    rows = json.loads(preview.rows_json)
    assert preview.truncated
    assert len(preview.rows_json) <= 1_000_000
    assert [row["id"] for row in rows] == list(range(50))
    assert rows[0]["t"] == "é" * 4096
    assert rows[0]["l"] == ["y" * 4096]


def test_rows_are_left_out_when_cutting_does_not_help(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT range AS id FROM range(5000)")

    preview = _preview(connection, ("id", "BIGINT"), limit=5000, max_bytes=10_000)

    rows = json.loads(preview.rows_json)
    assert preview.truncated
    assert 9_900 < len(preview.rows_json) <= 10_000
    assert rows == [{"id": number} for number in range(preview.row_count)]


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader with less memory than the rows of `main.data` take."""
    path = tmp_path / "long.duckdb"
    with duckdb.connect(path) as writer:
        writer.execute(
            "CREATE TABLE data AS SELECT range AS id, repeat(md5(range::VARCHAR), 15000) AS t FROM range(80)"
        )
    limits = {"threads": 1, "memory_limit": "24MB", "temp_directory": ""}
    with duckdb.connect(path, read_only=True, config=limits) as reader:
        reader.execute("SET TimeZone = 'UTC'")
        yield reader


def test_rows_are_left_out_when_their_values_exceed_the_memory_of_the_reader(
    cramped: duckdb.DuckDBPyConnection,
) -> None:
    preview = _preview(cramped, ("id", "BIGINT"), ("t", "VARCHAR"), limit=80)

    assert preview.truncated
    assert preview.row_count == 10
    rows = json.loads(preview.rows_json)
    assert [row["id"] for row in rows] == list(range(10))
    assert {len(row["t"]) for row in rows} == {16}


def test_one_row_is_whole_when_its_neighbours_exceed_the_memory_of_the_reader(
    cramped: duckdb.DuckDBPyConnection,
) -> None:
    preview = _preview(cramped, ("id", "BIGINT"), ("t", "VARCHAR"), limit=1)

    assert not preview.truncated
    assert len(json.loads(preview.rows_json)[0]["t"]) == 480_000


def test_a_column_may_hide_the_row_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute('CREATE OR REPLACE TABLE data AS SELECT 1000 - range AS "RowID" FROM range(10)')

    preview = _preview(connection, ("RowID", "BIGINT"), limit=3)

    assert [row["RowID"] for row in json.loads(preview.rows_json)] == [1000, 999, 998]


def test_deleted_rows_do_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT range AS v FROM range(10000)")
    connection.execute("DELETE FROM data WHERE v < 5000 OR v % 2 = 0")

    preview = _preview(connection, ("v", "BIGINT"), limit=3)

    assert [row["v"] for row in json.loads(preview.rows_json)] == [5001, 5003, 5005]


def test_values_are_cut_when_their_encoding_exceeds_the_memory_of_the_reader(
    cramped: duckdb.DuckDBPyConnection,
) -> None:
    preview = _preview(cramped, ("id", "BIGINT"), ("t", "VARCHAR"), limit=16)

    assert (preview.truncated, preview.row_count) == (True, 16)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), st.floats(width=64))
@settings(max_examples=60, deadline=None)
def test_texts_integers_and_floats_survive_exactly(text: str, number: int, real: float) -> None:
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE data (t VARCHAR, n BIGINT, r DOUBLE)")
        opened.execute("INSERT INTO data VALUES (?, ?, ?)", [text, number, real])
        shown = json.loads(_preview(opened, ("t", "VARCHAR"), ("n", "BIGINT"), ("r", "DOUBLE")).rows_json)[0]

    is_finite = abs(real) < float("inf")
    assert shown == {"t": text, "n": number, "r": real if is_finite else None}


@given(st.timedeltas())
@settings(max_examples=60, deadline=None)
def test_an_interval_is_shown_as_python_writes_a_timedelta(delta: Any) -> None:
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE data (v INTERVAL)")
        opened.execute(
            "INSERT INTO data VALUES (to_days(?) + to_microseconds(?))",
            [delta.days, int(delta.seconds * 1_000_000 + delta.microseconds)],
        )
        shown = json.loads(_preview(opened, ("v", "INTERVAL")).rows_json)

    assert shown == [{"v": str(delta)}]

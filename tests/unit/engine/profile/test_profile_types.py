"""Columns of every type, and tables of odd shapes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from kbstore.errors import OperationCancelled
from storage.engine.monitor import Monitor
from storage.engine.profile import profile_rows
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.sql import quote_identifier

Column = Callable[..., dict[str, Any]]
Profile = Callable[..., dict[str, Any]]

#: type: (smaller value, larger value, both as the profile shows them)
BASE_ONLY = {
    "BOOLEAN": ("false", "true", False, True),
    "DATE": ("2024-01-02", "infinity", "2024-01-02", "9999-12-31"),
    "TIME": ("03:04:05", "23:00:00.5", "03:04:05", "23:00:00.500000"),
    "TIMESTAMP": ("2024-01-02 03:04:05.5", "2024-01-03", "2024-01-02T03:04:05.500000", "2024-01-03T00:00:00"),
    "TIMESTAMP_NS": ("2024-01-02", "2024-01-03", "2024-01-02T00:00:00", "2024-01-03T00:00:00"),
    "TIMESTAMP WITH TIME ZONE": (
        "2024-01-02 00:00:00+00",
        "2024-01-02 02:00:00+01",
        "2024-01-02T00:00:00+00:00",
        "2024-01-02T01:00:00+00:00",
    ),
    "TIME WITH TIME ZONE": ("01:00:00+00", "05:00:00+00", "01:00:00+00:00", "05:00:00+00:00"),
    "INTERVAL": ("1 day", "2 months", "1 day, 0:00:00", "60 days, 0:00:00"),
    "UUID": (
        "123e4567-e89b-12d3-a456-426614174000",
        "F23E4567-E89B-12D3-A456-426614174000",
        "123e4567-e89b-12d3-a456-426614174000",
        "f23e4567-e89b-12d3-a456-426614174000",
    ),
    "JSON": ('{"a": 1}', '{"b": 1}', '{"a": 1}', '{"b": 1}'),
    "BLOB": (r"\x00a", r"\xAA", r"\x00a", r"\xAA"),
    "BIT": ("0101", "11", "0101", "11"),
    "BIGNUM": ("1", "99999999999999999999999999999999999999999", "1", "9" * 41),
    "ENUM('z', 'a')": ("z", "a", "z", "a"),
    "INTEGER[]": ("[1, 2]", "[2]", [1, 2], [2]),
    "DECIMAL(4,2)[2]": ("[1, 2]", "[1.5, 2]", ["1.00", "2.00"], ["1.50", "2.00"]),
    "STRUCT(a INTEGER, b DATE)": (
        "{'a': 1, 'b': 2024-01-01}",
        "{'a': 2, 'b': 2024-01-01}",
        {"a": 1, "b": "2024-01-01"},
        {"a": 2, "b": "2024-01-01"},
    ),
    "MAP(VARCHAR, INTEGER)": ("{a=1}", "{b=2}", {"a": 1}, {"b": 2}),
    "UNION(t VARCHAR)": ("x", "y", "x", "y"),
}


@pytest.mark.parametrize("type_text", BASE_ONLY)
def test_other_types_have_base_statistics_only(column: Column, type_text: str) -> None:
    smaller, larger, first, last = BASE_ONLY[type_text]
    found = column(type_text, [larger, smaller, None, smaller])
    shown = {name for name, value in found.items() if value is not None}
    assert shown == {
        "column_name",
        "column_type",
        "min",
        "max",
        "approx_unique",
        "cardinality_ratio",
        "cardinality_class",
        "count",
        "null_percentage",
    }
    assert (found["min"], found["max"], found["approx_unique"], found["count"]) == (first, last, 2, 3)
    assert found["column_type"] == type_text


WIDE = {
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UHUGEINT": (0, 2**128 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "TINYINT": (-128, 127),
}


@pytest.mark.parametrize("type_text", WIDE)
def test_extreme_integers_stay_exact_and_overflow_nothing(column: Column, type_text: str) -> None:
    low, high = WIDE[type_text]
    found = column(type_text, [str(low), str(high), "1", "1"])
    assert (found["min"], found["max"]) == (low, high)
    assert found["std"] == pytest.approx(statistics.stdev([low, high, 1, 1]))
    assert found["histogram"] == {str(low): 1, "1": 2, str(high): 1}
    many = column(type_text, [str(low), *map(str, range(101)), str(high)])
    assert sum(many["histogram"].values()) == 103
    json.dumps(many, allow_nan=False)


def test_wide_decimals(column: Column) -> None:
    largest = "9" * 28 + "." + "9" * 10
    found = column("DECIMAL(38,10)", ["-" + largest, largest, "0", "0.0000000001"])
    assert (found["min"], found["max"]) == ("-" + largest, largest)
    assert (found["q50"], found["histogram"]["0.0000000001"]) == ("0.0000000000", 1)
    many = column("DECIMAL(38,10)", ["-" + largest, largest, *(f"{number}.5" for number in range(101))])
    assert sum(many["histogram"].values()) == 103


def test_what_is_not_finite_becomes_null(column: Column) -> None:
    found = column("DOUBLE", ["nan", "inf", "-inf", *map(float, range(1, 18))])
    assert [found[name] for name in ("min", "max", "avg", "std", "skewness", "kurtosis", "q99")] == [None] * 7
    assert (found["count"], found["approx_unique"], found["q50"]) == (20, 20, 9.5)
    assert found["outlier_count"] == 3
    assert found["histogram"] == dict.fromkeys(["nan", "inf", "-inf", *(f"{n}.0" for n in range(1, 18))], 1)
    only = column("FLOAT", ["nan", "inf", "inf"])
    assert [only[name] for name in ("avg", "q50", "outlier_count", "outlier_lower_bound")] == [None] * 4
    many = column("DOUBLE", ["nan", "inf", *map(float, range(200))])
    assert sum(many["histogram"].values()) == 200


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308], [1e308] * 3, [5e-324, 0.0], [1e300, 1e-300, 0.0, -1e300]])
def test_doubles_at_the_edge_of_their_range_overflow_nothing(column: Column, values: list[float]) -> None:
    found = column("DOUBLE", values)
    assert (found["min"], found["max"]) == (min(values), max(values))
    assert found["avg"] == pytest.approx(sum(value / 4 for value in values) / len(values) * 4, abs=1e-15 * max(values))
    json.dumps(found, allow_nan=False)
    many = column("DOUBLE", [*values, *(number * 1e306 for number in range(101))])
    assert sum(many["histogram"].values()) == 101 + len(values)


def test_floats_keep_their_short_form(column: Column) -> None:
    found = column("FLOAT", [0.1, 0.1, 0.5])
    assert (found["min"], found["q50"], found["histogram"]) == (0.1, 0.1, {"0.1": 2, "0.5": 1})


@pytest.mark.parametrize("type_text", ["INTEGER", "DOUBLE", "DECIMAL(10,2)"])
def test_a_constant_column(column: Column, type_text: str) -> None:
    found = column(type_text, ["7"] * 5)
    assert [found[name] for name in ("cardinality_class", "avg", "std", "skewness", "kurtosis")] == [
        "constant",
        7.0,
        0.0,
        None,
        None,
    ]
    assert (found["outlier_count"], found["outlier_lower_bound"], list(found["histogram"].values())) == (0, 7.0, [5])


@pytest.mark.parametrize("mode", ["basic", "full"])
def test_an_empty_table(profile: Profile, mode: str) -> None:
    found = profile(mode, a=("INTEGER", []), b=("VARCHAR", []), c=("INTEGER[]", []), d=("DOUBLE", []))
    assert (found["row_count"], found["column_count"], found["quality_score"]) == (0, 4, 100.0)
    assert (found["quality_issues"], found["correlations"]) == ([], [] if mode == "full" else None)
    for shown in found["statistics"]:
        assert [shown[name] for name in ("min", "count", "null_percentage")] == [None, 0, 0.0]


def test_500_columns(profile: Profile) -> None:
    columns = {f"c{n}": (("DOUBLE", "VARCHAR", "BIGINT", "DATE")[n % 4], [None, "2024", "2025"]) for n in range(500)}
    columns |= {name: ("DATE", [None, "2024-01-01", "2025-01-01"]) for name in columns if columns[name][0] == "DATE"}
    found = profile("full", **columns)
    assert [shown["column_name"] for shown in found["statistics"]] == list(columns)
    assert {shown["count"] for shown in found["statistics"]} == {2}


NASTY = ['a"b', "a'b", "SELECT", "; DROP TABLE data; --", "rowid", "m0", "c1", "u0", "Ünïcode 🦆", "%s {0} $1 ?", " x "]


def test_nasty_names_of_columns(profile: Profile) -> None:
    found = profile("full", **{name: ("INTEGER", [1, 2, 4]) for name in NASTY})
    assert [shown["column_name"] for shown in found["statistics"]] == NASTY
    assert {shown["avg"] for shown in found["statistics"]} == {2.3333}
    assert len(found["correlations"]) == 20


def test_nasty_texts(column: Column) -> None:
    found = column("VARCHAR", ["\0", "\\u0000", "\\\0", '"quoted"', "\u2028", "🦆"])
    assert (found["min"], found["max"], found["approx_unique"]) == ("\ufffd", "🦆", 6)
    assert column("VARCHAR", ["\\u0000"])["min"] == "\\u0000"
    assert column("VARCHAR", ["\\\0"])["min"] == "\\\ufffd"


def test_very_long_values_are_cut(profile: Profile) -> None:
    text = "é" * 3_000_000
    found = profile("full", a=("VARCHAR", [text]), b=("VARCHAR[]", [["x" * 1_100_000] * 3]))
    assert found["statistics"][0]["min"] == text[:1_000_000]
    assert found["statistics"][0]["max_length"] == 3_000_000
    assert [len(item) for item in found["statistics"][1]["max"]] == [1_000_000] * 3
    nested = profile("basic", a=("VARCHAR[]", [["x" * 10_000] * 3_000]))["statistics"][0]
    assert [len(item) for item in nested["max"]] == [16] * 16


@pytest.mark.parametrize("name", ["n", "rowid"])
def test_a_sample_is_of_so_many_rows(profile: Profile, name: str) -> None:
    found = profile("full", 50, **{name: ("INTEGER", list(range(200)))})
    assert (found["row_count"], found["statistics"][0]["count"], found["statistics"][0]["approx_unique"]) == (50,) * 3
    assert profile("full", 200, **{name: ("INTEGER", list(range(200)))})["row_count"] == 200


def test_a_cancelled_profile_stops(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE data AS SELECT 1 AS x")
    monitor = Monitor()
    monitor.cancel()
    spec = TableSpec((ColumnSpec("x", "INTEGER"),))
    with pytest.raises(OperationCancelled):
        profile_rows(connection=connection, table='"main"."data"', spec=spec, mode="full", monitor=monitor)


def test_progress_ends_at_1(connection: duckdb.DuckDBPyConnection) -> None:
    names = [f"c{number}" for number in range(70)]
    listed = ", ".join(f"1 AS {quote_identifier(name)}" for name in names)
    connection.execute(f"CREATE TABLE data AS SELECT {listed}")
    monitor = Monitor()
    spec = TableSpec(tuple(ColumnSpec(name, "INTEGER") for name in names))
    profile_rows(connection=connection, table='"main"."data"', spec=spec, mode="full", monitor=monitor)
    assert monitor.fraction > 0.89

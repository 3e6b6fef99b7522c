"""The same statistics from a plain model in Python, for whatever values hypothesis thinks of."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage.engine.monitor import Monitor
from storage.engine.profile import profile_rows
from storage.engine.specs import ColumnSpec, TableSpec

#: Without shrinking, which takes minutes here where it finds something.
FEW = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)
NUMBERS = {
    "INTEGER": st.integers(-1000, 1000),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "UTINYINT": st.integers(0, 255),
    "DOUBLE": st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda value: round(value, 3)),
    "DECIMAL(12,3)": st.integers(-(10**11), 10**11).map(lambda value: Decimal(value).scaleb(-3)),
}


def profiled(connection: duckdb.DuckDBPyConnection, type_text: str, values: list[Any]) -> dict[str, Any]:
    connection.execute(f"CREATE OR REPLACE TABLE data (x {type_text})")
    connection.executemany("INSERT INTO data VALUES (?)", [(value,) for value in values])
    spec = TableSpec((ColumnSpec("x", type_text),))
    return profile_rows(connection=connection, table='"main"."data"', spec=spec, mode="full", monitor=Monitor())


@pytest.mark.parametrize("type_text", NUMBERS)
@FEW
@given(data=st.data())
def test_numbers(connection: duckdb.DuckDBPyConnection, type_text: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | NUMBERS[type_text], min_size=1, max_size=30))
    found = profiled(connection, type_text, values)["statistics"][0]
    present = [value for value in values if value is not None]
    assert (found["count"], found["approx_unique"]) == (len(present), len(set(present)))
    assert found["null_percentage"] == round((len(values) - len(present)) / len(values) * 100, 2)
    if not present:
        assert found["histogram"] is None
        return
    assert [Decimal(str(found[name])) for name in ("min", "max")] == [
        Decimal(str(min(present))),
        Decimal(str(max(present))),
    ]
    assert sum(found["histogram"].values()) == len(present)
    assert {Decimal(key): rows for key, rows in found["histogram"].items()} == Counter(
        Decimal(str(value)) for value in present
    )
    assert_moments(found, present)
    assert_quantiles(found, present, places=3 if "DECIMAL" in type_text else None)


def assert_moments(found: dict[str, Any], present: list[Any]) -> None:
    """Central moments of exact differences, as the textbook has them."""
    n = len(present)
    numbers = [Decimal(str(value)) for value in present]
    mean = sum(numbers) / n
    second, third, fourth = (float(sum((number - mean) ** power for number in numbers) / n) for power in (2, 3, 4))
    assert found["avg"] == pytest.approx(float(mean), rel=1e-9, abs=1e-4)
    assert found["std"] == (None if n < 2 else pytest.approx(math.sqrt(second * n / (n - 1)), rel=1e-9, abs=1e-4))
    if n < 3 or min(present) == max(present):
        assert found["skewness"] is None
        return
    skewness = math.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5
    assert found["skewness"] == pytest.approx(skewness, abs=1e-3)
    if n >= 4:
        kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
        assert found["kurtosis"] == pytest.approx(kurtosis, abs=1e-3)


def assert_quantiles(found: dict[str, Any], present: list[Any], places: int | None) -> None:
    numbers = np.array([float(value) for value in present])
    for name, position in (("q01", 0.01), ("q25", 0.25), ("q50", 0.5), ("q75", 0.75), ("q99", 0.99)):
        expected = float(np.quantile(numbers, position))
        assert isinstance(found[name], str) == (places is not None)
        tolerance = 10.0**-places if places else 1e-9
        assert float(found[name]) == pytest.approx(expected, rel=1e-9, abs=tolerance)
    lower, upper = (
        float(found[edge]) + sign * 1.5 * (float(found["q75"]) - float(found["q25"]))
        for edge, sign in (("q25", -1), ("q75", 1))
    )
    assert found["outlier_lower_bound"] == pytest.approx(lower, rel=1e-9, abs=1e-4)
    assert found["outlier_count"] == sum(value < lower or value > upper for value in numbers)


@FEW
@given(values=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1))
def test_texts(connection: duckdb.DuckDBPyConnection, values: list[str | None]) -> None:
    found = profiled(connection, "VARCHAR", values)["statistics"][0]
    present = [value for value in values if value is not None]
    assert (found["count"], found["approx_unique"]) == (len(present), len(set(present)))
    if present:
        by_bytes = sorted(present, key=str.encode)
        assert [found["min"], found["max"]] == [by_bytes[end].replace("\0", "\ufffd") for end in (0, -1)]
        lengths = [len(value) for value in present]
        assert (found["min_length"], found["max_length"]) == (min(lengths), max(lengths))
        assert found["avg_length"] == pytest.approx(sum(lengths) / len(lengths), abs=0.051)
        assert found["empty_count"] == present.count("")
        assert found["whitespace_only_count"] == sum(bool(value) and not value.strip(" ") for value in present)


@pytest.mark.parametrize("type_text", ["BIGINT", "DOUBLE", "DECIMAL(12,3)"])
@FEW
@given(data=st.data())
def test_bins_hold_what_they_say(connection: duckdb.DuckDBPyConnection, type_text: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(NUMBERS[type_text], min_size=101, max_size=150, unique=True))
    histogram = profiled(connection, type_text, values)["statistics"][0]["histogram"]
    edges = [tuple(Decimal(edge) for edge in key[1:-1].split(", ")) for key in histogram]
    assert len(histogram) <= 50
    assert len({high - low for low, high in edges}) == 1
    assert [high for _, high in edges[:-1]] == [low for low, _ in edges[1:]]
    exact = [Decimal(str(value)) for value in values]
    assert list(histogram.values()) == [sum(low <= value < high for value in exact) for low, high in edges]
    assert sum(histogram.values()) == len(values)


@FEW
@given(pairs=st.lists(st.tuples(st.none() | st.integers(-50, 50), st.none() | st.integers(-50, 50)), min_size=5))
def test_correlations(connection: duckdb.DuckDBPyConnection, pairs: list[tuple[int | None, int | None]]) -> None:
    connection.execute("CREATE OR REPLACE TABLE data (a INTEGER, b DOUBLE)")
    connection.executemany("INSERT INTO data VALUES (?, ?)", pairs)
    spec = TableSpec((ColumnSpec("a", "INTEGER"), ColumnSpec("b", "DOUBLE")))
    table = '"main"."data"'
    found = profile_rows(connection=connection, table=table, spec=spec, mode="quality", monitor=Monitor())
    both = np.array([pair for pair in pairs if None not in pair], dtype=float).reshape(-1, 2)
    spread = len(both) > 1 and both.std(axis=0).all()
    expected = float(np.corrcoef(both.T)[0, 1]) if spread else 0.0
    if abs(abs(expected) - 0.3) > 1e-9:
        assert [pair["correlation"] for pair in found["correlations"]] == (
            [pytest.approx(expected, abs=1e-4)] if abs(expected) > 0.3 else []
        )

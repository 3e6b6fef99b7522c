"""Rest-core section 13 with numbers computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Column = Callable[..., dict[str, Any]]
Profile = Callable[..., dict[str, Any]]

MEMBERS = (
    "column_name column_type min max approx_unique cardinality_ratio cardinality_class count null_percentage avg std "
    "skewness kurtosis q01 q05 q25 q50 q75 q95 q99 outlier_count outlier_lower_bound outlier_upper_bound histogram "
    "avg_length min_length max_length empty_count whitespace_only_count detected_patterns"
).split()


def picked(statistics: dict[str, Any], names: str) -> list[Any]:
    return [statistics[name] for name in names.split()]


def test_the_example_of_the_contract(column: Column) -> None:
    found = column("INTEGER", list(range(100)))
    assert list(found) == MEMBERS
    assert picked(found, "min max avg std skewness kurtosis") == [0, 99, 49.5, 29.0115, 0.0, -1.2]
    assert picked(found, "q01 q25 q50 q75 q99") == [0.99, 24.75, 49.5, 74.25, 98.01]
    assert picked(found, "outlier_lower_bound outlier_upper_bound outlier_count") == [-49.5, 148.5, 0]
    assert found["histogram"] == {str(number): 1 for number in range(100)}


@pytest.mark.parametrize("mode", ["basic", "distribution", "quality", "full"])
def test_all_members_are_there_in_every_mode_and_only_those_of_the_mode_are_filled(profile: Profile, mode: str) -> None:
    found = profile(mode, n=("INTEGER", [1, 2]), m=("INTEGER", [1, 2]), t=("VARCHAR", ["a", "b"]))
    assert [list(statistics) for statistics in found["statistics"]] == [MEMBERS] * 3
    number, _, text = found["statistics"]
    assert (number["histogram"] is not None) == (mode in ("distribution", "full"))
    assert (text["detected_patterns"] is not None) == (mode in ("quality", "full"))
    assert (found["correlations"] is not None) == (mode in ("quality", "full"))
    assert number["detected_patterns"] is None
    assert text["histogram"] is None


CLASSES = [
    ([], "very_low", 0.0),
    ([None, None], "very_low", 0.0),
    (["a"], "unique", 1.0),
    (["a", None], "unique", 1.0),
    (["a", "a"], "constant", 0.5),
    ([*range(95), *range(5)], "high", 0.95),
    ([*range(10), *range(5)], "medium", 0.6667),
    (["a", "b"] * 5, "low", 0.2),
    ([1, 2] * 100, "very_low", 0.01),
]


@pytest.mark.parametrize(("values", "category", "ratio"), CLASSES)
def test_classes_of_cardinality(column: Column, values: list[Any], category: str, ratio: float) -> None:
    found = column("VARCHAR", [None if value is None else str(value) for value in values])
    assert picked(found, "cardinality_class cardinality_ratio") == [category, ratio]


def test_nulls_are_counted_in_percent(column: Column) -> None:
    assert picked(column("INTEGER", [1, None, None]), "count null_percentage approx_unique") == [1, 66.67, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5], [5.0, None, None, None]),
        ([1, 3], [2.0, 1.4142, None, None]),
        ([1, 2, 4], [2.3333, 1.5275, 0.9352, None]),
        ([1, 2, 4, 9], [4.0, 3.559, 1.3309, 1.5]),
        ([7, 7, 7, 7], [7.0, 0.0, None, None]),
        ([None, None], [None, None, None, None]),
    ],
)
def test_moments_need_enough_different_values(column: Column, values: list[Any], expected: list[Any]) -> None:
    found = picked(column("INTEGER", values), "avg std skewness kurtosis")
    assert found == pytest.approx(expected, abs=1e-4)


def test_moments_of_large_close_numbers_are_exact(column: Column) -> None:
    near, far = column("BIGINT", list(range(100))), column("BIGINT", [9 * 10**18 + number for number in range(100)])
    assert picked(far, "std skewness kurtosis") == picked(near, "std skewness kurtosis")
    assert far["avg"] == float(9 * 10**18 + 50)


def test_outliers_are_strictly_outside_the_bounds(column: Column) -> None:
    found = column("DOUBLE", [0.0, 1, 2, 3, 4, 7, 7.1])
    assert picked(found, "q25 q75 outlier_lower_bound outlier_upper_bound") == [1.5, 5.5, -4.5, 11.5]
    assert column("INTEGER", [0, 1, 2, 3, 4, 100, -100])["outlier_count"] == 2
    assert column("INTEGER", [0, 0, 1, 1, 2, 2, 4, 10])["outlier_count"] == 1


def test_decimals_are_strings_and_have_outliers(column: Column) -> None:
    found = column("DECIMAL(10,2)", ["1.00", "2.00", "3.50", "4.00", "99.00"])
    assert picked(found, "min max q25 q50") == ["1.00", "99.00", "2.00", "3.50"]
    assert picked(found, "outlier_count outlier_lower_bound outlier_upper_bound") == [1, -1.0, 7.0]
    assert found["histogram"] == {"1.00": 1, "2.00": 1, "3.50": 1, "4.00": 1, "99.00": 1}
    assert column("DECIMAL(3,3)", ["0.5", "-0.5"])["histogram"] == {"-0.500": 1, "0.500": 1}


def test_lengths_and_blanks_of_texts(column: Column) -> None:
    found = column("VARCHAR", ["", " ", "   ", "\t", "žluť", " a ", None])
    names = "avg_length min_length max_length empty_count whitespace_only_count count"
    assert picked(found, names) == [2.0, 0, 4, 1, 2, 6]
    assert picked(column("VARCHAR", [None]), names) == [None, None, None, None, None, 0]
    assert picked(column("VARCHAR", [""]), names) == [0.0, 0, 0, 1, 0, 1]


PATTERNS = {
    "email": (["a.b+c%d_e-f@x-y.example.cz"], ["a@b", "a@b.c", "a b@c.de", "a@b.cd\n", "a@b@c.de"]),
    "uuid": (
        ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-52D3-B456-426614174000"],
        ["123e4567-e89b-02d3-a456-426614174000", "123e4567-e89b-12d3-c456-426614174000", "{" + "0" * 34 + "}"],
    ),
    "url": (["http://", "https://example.com/a b?c"], ["ftp://example.com", " http://a", "HTTP://A", "https:/a"]),
    "phone": (["+420 777 123 456", "(02) 1234-5678", "1234567890"], ["123456789", "+420x777123456", "+" + "1" * 21]),
    "ipv4": (["0.10.0.0", "255.255.255.255", "192.168.1.1"], ["256.1.1.1", "1.2.3", "1.2.3.4.5", "a.b.c.d"]),
    "date_iso": (["2024-01-31", "0000-99-99"], ["2024-1-31", "2024-01-31T", "31-01-2024"]),
    "datetime_iso": (["2024-01-31T12:30", "2024-01-31 12:30:00.5+01:00"], ["2024-01-31", "x2024-01-31T12:30"]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_a_pattern_matches(column: Column, pattern: str) -> None:
    matching, others = PATTERNS[pattern]
    found = {entry["pattern"]: entry for entry in column("VARCHAR", matching)["detected_patterns"]}
    assert found[pattern]["match_count"] == len(matching)
    found = {entry["pattern"]: entry for entry in column("VARCHAR", others)["detected_patterns"]}
    assert pattern not in found


def test_patterns_have_their_order_and_percentages_of_the_values(column: Column) -> None:
    found = column("VARCHAR", ["2024-01-31", "a@b.cd", "none", None])["detected_patterns"]
    assert found == [
        {"pattern": "email", "match_count": 1, "match_percentage": 33.3},
        {"pattern": "phone", "match_count": 1, "match_percentage": 33.3},
        {"pattern": "date_iso", "match_count": 1, "match_percentage": 33.3},
    ]
    assert column("VARCHAR", ["none"])["detected_patterns"] == []
    assert column("VARCHAR", [None])["detected_patterns"] is None
    assert column("JSON", ['"a@b.cd"'])["detected_patterns"] is None


def test_issues_come_by_column_in_the_order_of_the_contract(profile: Profile) -> None:
    found = profile(
        "basic",
        id=("INTEGER", [*range(20)]),
        same=("VARCHAR", ["x"] * 20),
        wild=("INTEGER", [*range(1, 19), 1000, 1000]),
        sparse=("INTEGER", [1] * 9 + [None] * 11),
        few=("VARCHAR", ["a", "b"] * 10),
        none=("VARCHAR", [None] * 20),
    )
    assert [(issue["column"], issue["type"], issue["severity"]) for issue in found["quality_issues"]] == [
        ("id", "pk_candidate", "info"),
        ("same", "constant", "info"),
        ("wild", "outliers", "warning"),
        ("wild", "skewed", "info"),
        ("sparse", "high_nulls", "warning"),
        ("sparse", "constant", "info"),
        ("few", "enum_candidate", "info"),
        ("none", "high_nulls", "warning"),
    ]
    assert {issue["message"] for issue in found["quality_issues"]} == {
        "100% unique, non-null - potential primary key",
        "Column has constant value (all rows identical)",
        "2 outliers detected (10.0%)",
        "Highly right-skewed distribution (skewness=2.89)",
        "Column has 55.0% null values",
        "Only 2 distinct values - consider ENUM type",
        "Column has 100.0% null values",
    }
    assert found["quality_score"] == 88.0


def test_a_table_full_of_problems_scores_0_and_a_clean_one_100(profile: Profile) -> None:
    bad = profile("basic", **{f"c{number}": ("INTEGER", [None]) for number in range(30)})
    good = profile("basic", a=("VARCHAR", ["x", "y"]))
    assert (bad["quality_score"], good["quality_score"]) == (0.0, 100.0)
    assert profile("basic", a=("BOOLEAN", [True, True, False]))["quality_issues"] == []


def test_correlations_are_sorted_by_strength_and_weak_ones_left_out(profile: Profile) -> None:
    found = profile(
        "quality",
        a=("INTEGER", [1, 2, 3, 4, 5, 6]),
        minus=("DOUBLE", [-1, -2, -3, -4, -5, -6]),
        like=("DECIMAL(5,1)", [1, 3, 2, 4, None, 6]),
        noise=("INTEGER", [1, -1, -1, 1, 1, -1]),
        same=("INTEGER", [1] * 6),
    )
    assert found["correlations"] == [
        {"column1": "a", "column2": "minus", "correlation": -1.0, "strength": "strong"},
        {"column1": "a", "column2": "like", "correlation": 0.9324, "strength": "strong"},
        {"column1": "minus", "column2": "like", "correlation": -0.9324, "strength": "strong"},
        {"column1": "like", "column2": "noise", "correlation": -0.3322, "strength": "moderate"},
    ]


def test_only_the_first_10_numeric_columns_and_20_pairs_are_correlated(profile: Profile) -> None:
    found = profile("full", t=("VARCHAR", ["a", "b"]), **{f"c{number}": ("INTEGER", [1, 2]) for number in range(12)})
    pairs = [(pair["column1"], pair["column2"]) for pair in found["correlations"]]
    assert len(pairs) == 20
    assert pairs[:2] == [("c0", "c1"), ("c0", "c2")]
    assert not {"c10", "c11"} & {name for pair in pairs for name in pair}


def test_correlations_that_were_looked_for_and_not_found_are_an_empty_list(profile: Profile) -> None:
    assert profile("full", a=("INTEGER", [1, 2]))["correlations"] == []

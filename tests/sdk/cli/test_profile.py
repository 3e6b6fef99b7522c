"""The view of a profile: which sections there are, and what they say."""

from __future__ import annotations

import random
from typing import Any

import pytest

from keboola_duckdb.cli.profile_words import bar, histogram_bins, kurtosis_words, score_label, skewness_words
from tests.cast import Person

COLUMNS = {"id": "INTEGER", "size": "DOUBLE", "price": "DOUBLE", "city": "VARCHAR", "gap": "VARCHAR", "same": "INTEGER"}
ROWS = 300
SECTIONS = {
    "quality": ("Warnings", "Recommendations"),
    "correlations": ("Strong correlations", "Moderate correlations"),
    "distribution": ("Skewness", "Kurtosis", "Outliers"),
}


def _csv() -> str:
    dice = random.Random(8)
    lines = [",".join(COLUMNS)]
    for number in range(ROWS):
        size = dice.expovariate(1)
        city = dice.choice(["Praha", "Brno"])
        lines.append(f"{number},{size:.4f},{size * 3 + dice.random():.4f},{city},{'x' if number < 20 else ''},7")
    return "\n".join(lines) + "\n"


@pytest.fixture
def table(alice: Person) -> tuple[str, str, str]:
    alice.make_bucket("b")
    alice.make_table("b", "t", COLUMNS)
    alice.load(_csv(), "t", bucket="b").raise_for_status()
    return str(alice.project_id), "b", "t"


class TestSections:
    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            ((), ()),
            (("-q",), ("quality",)),
            (("-r",), ("correlations",)),
            (("-d",), ("distribution",)),
            (("--mode", "quality"), ("quality", "correlations")),
            (("-m", "distribution"), ("distribution",)),
            (("-m", "full"), tuple(SECTIONS)),
            (("-m", "basic", "-q"), ("quality",)),
        ],
    )
    def test_options_and_modes_switch_them_on(self, cli, table, words, shown):
        out = cli.good("tables", "profile", *table, *words).out
        assert {name for name, titles in SECTIONS.items() if all(title in out for title in titles)} == set(shown)

    def test_another_mode_is_wrong_usage(self, cli, table):
        assert cli("tables", "profile", *table, "-m", "deep").code == 2


class TestView:
    def test_counts_score_and_a_line_for_each_column(self, cli, table):
        title, quality, _, heading, *rows = cli.good("tables", "profile", *table).out.splitlines()
        assert title == "b.t  300 rows, 6 columns"
        assert quality.startswith("Quality ████")
        assert quality.endswith(("excellent", "good", "fair", "poor"))
        assert heading.split() == ["column", "type", "values", "distinct", "nulls", "mean", "skewness", "outliers"]
        lines = {row.split()[0]: row for row in rows}
        assert list(lines) == list(COLUMNS)
        assert lines["id"].endswith("PK?")
        assert lines["city"].endswith("ENUM?")
        assert lines["size"].endswith("OUT SKEW")
        assert lines["same"].endswith("CONST")
        assert "93.3 %" in lines["gap"]

    def test_quality_warns_and_recommends(self, cli, table):
        out = cli.good("tables", "profile", *table, "-q").out
        assert "! gap: Column has 93.3% null values" in out
        assert "* same: drop the column: it says nothing" in out

    def test_correlations_have_bars(self, cli, table):
        strong = cli.good("tables", "profile", *table, "-r").out.partition("Strong correlations")[2]
        line = next(line for line in strong.splitlines() if "size" in line)
        assert "price" in line
        assert "█████████" in line
        assert float(line.split()[-1]) > 0.7

    def test_distribution_has_words_percentiles_and_a_histogram(self, cli, table):
        out = cli.good("tables", "profile", *table, "-d", "-c", "size").out
        assert "leans strongly to the right" in out
        assert "heavy tails" in out
        assert out.count("[") <= 12
        assert "50 %" in out

    def test_only_the_columns_that_are_asked_for(self, cli, table):
        out = cli.good("tables", "profile", *table, "-c", "city, id", "-m", "full").out
        assert {line.split()[0] for line in out.splitlines()[4:6]} == {"id", "city"}
        assert "price" not in out
        assert cli("tables", "profile", *table, "-c", "nope").code == 4

    def test_json_is_what_the_server_says(self, cli, table, alice: Person):
        found = cli.good("tables", "profile", *table, "--json").json
        path = "/projects/{p}/branches/default/buckets/b/tables/t/profile"
        assert found["statistics"] == alice.post(path).json()["statistics"]

    def test_csv_has_a_row_for_each_column(self, cli, table):
        heading, *rows = cli.good("tables", "profile", *table, "-f", "csv").out.splitlines()
        assert heading.startswith("column_name,column_type,")
        assert len(rows) == len(COLUMNS)

    def test_an_empty_table_has_one_too(self, cli, alice: Person, project):
        alice.make_bucket("b")
        alice.make_table("b", "t", {"a": "INTEGER"})
        assert "0 rows, 1 columns" in cli.good("tables", "profile", project, "b", "t", "-m", "full").out


class TestWords:
    @pytest.mark.parametrize(
        ("score", "word"),
        [(100, "excellent"), (90, "excellent"), (89.9, "good"), (60, "fair"), (1, "poor"), (0, "poor")],
    )
    def test_scores(self, score, word):
        assert score_label(score)[0] == word

    @pytest.mark.parametrize(
        ("skewness", "word"), [(0, "symmetric"), (0.7, "slightly"), (-2, "left"), (3, "strongly"), (None, "unknown")]
    )
    def test_skewness(self, skewness, word):
        assert word in skewness_words(skewness)

    @pytest.mark.parametrize(("kurtosis", "word"), [(0, "normal"), (4, "heavy"), (-1.2, "light"), (None, "unknown")])
    def test_kurtosis(self, kurtosis, word):
        assert word in kurtosis_words(kurtosis)

    @pytest.mark.parametrize(
        ("share", "drawn"), [(0, "    "), (1, "████"), (0.5, "██  "), (0.53125, "██▏ "), (7, "████"), (-1, "    ")]
    )
    def test_bars(self, share, drawn):
        assert bar(share, 4) == drawn

    @pytest.mark.parametrize(
        ("histogram", "bins"),
        [
            ({"10": 1, "9": 2}, [("9", 2), ("10", 1)]),
            ({str(n): n for n in range(6)}, [("0 .. 1", 1), ("2 .. 3", 5), ("4 .. 5", 9)]),
            ({"[0, 1)": 1, "[1, 2)": 2, "[2, 3)": 3, "[3, 4]": 4}, [("[0, 2)", 3), ("[2, 4]", 7)]),
            ({"NaN": 1, "1": 2}, [("1", 2), ("NaN", 1)]),
        ],
    )
    def test_neighbours_are_joined_where_there_are_many(self, histogram: dict[str, Any], bins):
        assert histogram_bins(histogram, 3) == bins

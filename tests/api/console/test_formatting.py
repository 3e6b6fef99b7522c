"""Numbers, sizes, times and JSON for people."""

from __future__ import annotations

from typing import Any

import pytest

from kbstore.console import formatting
from storage.admin.preview_grid import grid_of

COLUMNS = [
    {"name": "id", "type": "BIGINT", "nullable": False},
    {"name": "price", "type": "DECIMAL(12,2)", "nullable": True},
    {"name": "note", "type": "VARCHAR", "nullable": True},
]


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (999_950, "1.0 MB"), (1_234_567, "1.2 MB")],
)
def test_sizes(number: int | None, text: str) -> None:
    assert formatting.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (-1, "0.0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (59.7, "1 min 0 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"rows_exported": 1234, "csv": {"header": True}}, [("Rows exported", "1,234"), ("Csv · header", "yes")]),
        ({"columns": ["a", "b"], "limit": None}, [("Columns", "a, b"), ("Limit", "–")]),
        ({"files": [{"id": 1}, {"id": 2}]}, [("Files · 1 · id", "1"), ("Files · 2 · id", "2")]),
    ],
)
def test_json_becomes_rows(value: Any, rows: list[tuple[str, str]]) -> None:
    assert formatting.facts_of(value) == rows


def test_null_differs_from_an_empty_text_in_the_grid() -> None:
    grid = grid_of(COLUMNS, b'[{"id":1,"price":"1.50","note":""},{"id":2,"price":null,"note":null}]')
    assert [cell.is_null for cell in grid.rows[0]] == [False, False, False]
    assert [cell.is_null for cell in grid.rows[1]] == [False, True, True]
    assert grid.rows[0][2].text == ""


def test_numbers_are_numeric_and_exact_in_the_grid() -> None:
    grid = grid_of(COLUMNS, b'[{"id":170141183460469231731687303715884105727,"price":"1.50","note":"1"}]')
    assert [header.is_numeric for header in grid.headers] == [True, True, False]
    assert grid.rows[0][0].text == "170141183460469231731687303715884105727"


def test_long_cells_are_cut_with_a_tooltip() -> None:
    text = "x" * 5000
    cell = grid_of(COLUMNS, f'[{{"id":1,"price":null,"note":"{text}"}}]'.encode()).rows[0][2]
    assert (len(cell.text), cell.text[-1]) == (120, "…")
    assert len(cell.tooltip) < 2100
    assert "5,000 characters" in cell.tooltip

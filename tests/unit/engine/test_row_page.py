"""A page of rows: filtered, sorted and cut as asked, and nothing else can be asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.row_page import LONGEST_VALUE, condition_of
from storage.engine.specs import ColumnSpec, LoadSpec, PageOrder, RowFilter, SealedVersion, TableSpec
from storage.errors import InvalidColumns, InvalidFilter, InvalidWhereClause

Ask = Callable[..., tuple[list[Any], int]]
COLUMNS = {
    "id": "BIGINT",
    "name": "VARCHAR",
    "amount": "DECIMAL(10,2)",
    "day": "DATE",
    "tags": "VARCHAR[]",
    "what? '{x}'": "INTEGER",
}
LINES = (
    "1,Ana,10.50,2024-01-01,\"['a']\",7",
    "2,bo,,2024-02-01,,8",
    "3,Ána,5.00,,\"['b']\",9",
    "4,ANA,10.50,2024-03-01,\"['a']\",7",
)


@pytest.fixture
def version(backend: FileBackend, csv_of: Callable[..., Path]) -> SealedVersion:
    return filled(backend, COLUMNS, csv_of(*LINES, header=",".join(COLUMNS)))


def filled(backend: FileBackend, columns: dict[str, str], source: Path) -> SealedVersion:
    spec = backend.normalize(TableSpec(tuple(ColumnSpec(name, kind) for name, kind in columns.items())))
    return backend.load("p1", spec, backend.create("p1", spec).ref, LoadSpec(source), Monitor()).sealed


@pytest.fixture
def ask(backend: FileBackend, version: SealedVersion) -> Ask:
    """Ids of the page, and how many rows match."""

    def run(*filters: tuple[str, ...], limit: int = 10, **order: Any) -> tuple[list[Any], int]:
        wanted = PageOrder(limit=limit, filters=tuple(RowFilter(*one) for one in filters), **order)
        page = backend.read_page(version.ref, version.spec, wanted)
        return [row["id"] for row in json.loads(page.rows_json)], page.matching

    return run


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], [1, 2, 3, 4]),
        ([("id", "is", "2")], [2]),
        ([("id", "is_not", "2")], [1, 3, 4]),
        ([("amount", "is_not", "10.5")], [2, 3]),
        ([("amount", "less", "10.5")], [3]),
        ([("amount", "at_most", "10.5")], [1, 3, 4]),
        ([("day", "more", "2024-01-01")], [2, 4]),
        ([("day", "at_least", "2024-01-01")], [1, 2, 4]),
        ([("name", "contains", "NA")], [1, 3, 4]),
        ([("name", "starts_with", "an")], [1, 4]),
        ([("id", "contains", "1")], [1]),
        ([("amount", "is_null")], [2]),
        ([("day", "is_not_null")], [1, 2, 4]),
        ([("tags", "is", "[a]")], [1, 4]),
        ([("what? '{x}'", "is", "9")], [3]),
        ([("amount", "is", "10.5"), ("day", "more", "2024-02-01"), ("tags", "is_not_null")], [4]),
    ],
)
def test_filters_mean_what_they_say(ask: Ask, filters: list[tuple[str, ...]], found: list[int]) -> None:
    assert ask(*filters) == (found, len(found))


def test_filters_as_one_condition_find_the_same_rows(ask: Ask, version: SealedVersion) -> None:
    filters = [
        ("name", "contains", "'a"),
        ("amount", "is", "10.5"),
        ("tags", "is_not_null"),
        ("day", "more", "2024-01-01"),
    ]
    for chosen in (filters, filters[1:], filters[2:], [("what? '{x}'", "is", "8")]):
        condition = condition_of(version.spec, [RowFilter(*one) for one in chosen], "id > 1 OR id = 0")
        assert ask(condition=condition) == ask(*chosen, condition="id > 1 OR id = 0")


def test_rows_are_sorted_with_nulls_last_and_ties_in_their_order(ask: Ask) -> None:
    assert ask(sort="amount")[0] == [3, 1, 4, 2]
    assert ask(sort="amount", descending=True)[0] == [1, 4, 3, 2]


def test_pages_follow_each_other_and_end(ask: Ask) -> None:
    assert [ask(limit=3, offset=offset, sort="amount") for offset in (0, 3, 6)] == [([3, 1, 4], 4), ([2], 4), ([], 4)]


def test_a_condition_and_filters_hold_together(ask: Ask) -> None:
    assert ask(("amount", "is", "10.5"), condition="id > 1 OR id = 1 AND false") == ([4], 1)


@pytest.mark.parametrize(
    "condition", ["1=1) OR (1=1", "id IN (SELECT 1)", "read_text('/etc/passwd') = ''", "id = 1; --"]
)
def test_a_condition_asks_only_the_columns(ask: Ask, condition: str) -> None:
    with pytest.raises(InvalidWhereClause):
        ask(condition=condition)


@pytest.mark.parametrize(
    "wrong", [("nobody", "is", "1"), ("id", "between", "1"), ("id", "is", "one"), ("day", "less", "x' OR 1=1 --")]
)
def test_a_filter_that_does_not_fit_is_refused(ask: Ask, wrong: tuple[str, ...]) -> None:
    with pytest.raises(InvalidFilter):
        ask(wrong)


def test_values_are_bound_not_spliced(ask: Ask) -> None:
    assert ask(("name", "is", "' OR 1=1 --")) == ([], 0)


def test_unknown_columns_are_refused(ask: Ask) -> None:
    for order in ({"sort": 'id" DESC --'}, {"columns": ("id", "nobody")}):
        with pytest.raises(InvalidColumns):
            ask(**order)


def test_only_the_columns_that_are_asked_for_are_shown(backend: FileBackend, version: SealedVersion) -> None:
    order = PageOrder(limit=1, columns=("amount", "id"), sort="name")
    assert json.loads(backend.read_page(version.ref, version.spec, order).rows_json) == [{"amount": "10.50", "id": 4}]


def test_a_column_called_rowid_hides_no_rows(backend: FileBackend, csv_of: Callable[..., Path]) -> None:
    version = filled(backend, {"rowid": "INTEGER", "x": "INTEGER"}, csv_of("7,1", "7,2", header="rowid,x"))
    page = backend.read_page(version.ref, version.spec, PageOrder(limit=5, sort="x", descending=True))
    assert json.loads(page.rows_json) == [{"rowid": 7, "x": 2}, {"rowid": 7, "x": 1}]


def test_long_values_are_cut(backend: FileBackend, csv_of: Callable[..., Path]) -> None:
    version = filled(backend, {"id": "INTEGER", "text": "VARCHAR"}, csv_of("1," + "x" * 9999, header="id,text"))
    [row] = json.loads(backend.read_page(version.ref, version.spec, PageOrder(limit=5)).rows_json)
    assert row["text"] == "x" * LONGEST_VALUE

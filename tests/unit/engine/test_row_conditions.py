from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbstore.errors import InvalidRequest
from storage.engine.row_conditions import check_selection, clauses, condition_text
from storage.engine.specs import (
    ColumnFilter,
    ColumnSpec,
    ReferenceFilter,
    RowSelection,
    SortKey,
    TableSpec,
    VersionRef,
)

SPEC = TableSpec(
    (
        ColumnSpec("id", "INTEGER"),
        ColumnSpec("Name", "VARCHAR"),
        ColumnSpec("amount", "DECIMAL(10,2)"),
        ColumnSpec("rate", "DOUBLE"),
        ColumnSpec("big", "HUGEINT"),
        ColumnSpec("ok", "BOOLEAN"),
        ColumnSpec("day", "DATE"),
        ColumnSpec("at", "TIMESTAMP"),
        ColumnSpec("zoned", "TIMESTAMP WITH TIME ZONE"),
        ColumnSpec("digits", "VARCHAR"),
        ColumnSpec("colour", "ENUM('red', 'green')"),
        ColumnSpec("_timestamp", "TIMESTAMP"),
        ColumnSpec("list", "INTEGER[]"),
        ColumnSpec("doc", "JSON"),
    )
)
ROWS = """
(1, 'Ann', 1.50, 0.5, 9007199254740993, true,
  DATE '2024-01-01',
  TIMESTAMP '2024-01-01 00:00:00', TIMESTAMPTZ '2024-01-01 00:00:00+00', '1', 'red',
  TIMESTAMP '2024-01-01 00:00:00', [1], '{}'),
(2, 'Bob; DROP TABLE x --', 2.00, -1e300, 170141183460469231731687303715884105727, false,
  DATE '2024-01-02',
  TIMESTAMP '2024-01-02 10:00:00', TIMESTAMPTZ '2024-01-02 10:00:00+00', '10', 'green',
  TIMESTAMP '2024-01-02 00:00:00', [2], '{}'),
(3, '100%_''"', -3.25, 'nan', -5, true,
  DATE '2024-02-01',
  TIMESTAMP '2024-02-01 00:00:00.5', TIMESTAMPTZ '2024-02-01 00:00:00.5+00', 'ten', 'red',
  TIMESTAMP '2024-01-03 00:00:00', [3], '{}'),
(4, '', 0, 0, 0, false,
  DATE '1970-01-01',
  TIMESTAMP '1970-01-01', TIMESTAMPTZ '1970-01-01 00:00:00+00', '', 'green',
  TIMESTAMP '2024-01-04 00:00:00', [], '{}'),
(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        shape = ", ".join(f'"{column.name}" {column.type}' for column in SPEC.columns)
        opened.execute(f"CREATE TABLE data ({shape})")
        opened.execute(f"INSERT INTO data VALUES {ROWS}")
        yield opened


def found(connection: duckdb.DuckDBPyConnection, selection: RowSelection, **references: str) -> list[int]:
    parts = clauses(selection, SPEC, {VersionRef("p", name): table for name, table in references.items()})
    order = parts.order or " ORDER BY id"
    sql = f"SELECT id FROM data{parts.where}{order}{parts.limit}"
    return [row[0] for row in connection.execute(sql, parts.parameters).fetchall()]


def where(column: str, how: str, *values: str, data_type: str = "STRING") -> RowSelection:
    return RowSelection("t", (ColumnFilter(column, how, values, data_type),))


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (where("name", "eq", "Ann"), [1]),
        (where("NAME", "ne", "Ann"), [2, 3, 4]),
        (where("Name", "eq", "ann"), []),
        (where("Name", "eq", "Bob; DROP TABLE x --"), [2]),
        (where("Name", "eq", "100%_'\""), [3]),
        (where("Name", "eq", "' OR 1=1 --"), []),
        (where("Name", "eq", ""), [4]),
        (where("Name", "eq", "Ann", "", "nobody"), [1, 4]),
        (where("Name", "ne", "Ann", ""), [2, 3]),
        (where("id", "ge", "2"), [2, 3, 4, 5]),
        (where("id", "ge", " 4 "), [4, 5]),
        (where("id", "eq", "2", "x"), [2]),
        (where("id", "ne", "2", "x"), []),
        (where("id", "ne", "x"), []),
        (where("id", "eq", "2.5"), []),
        (where("id", "gt", "2.5"), [3, 4, 5]),
        (where("id", "eq", "2.0"), [2]),
        (where("id", "lt", "nan"), []),
        (where("id", "lt", "inf"), []),
        (where("id", "lt", "99999999999"), []),
        (where("id", "lt", "3", data_type="DOUBLE"), [1, 2]),
        (where("id", "lt", "3", data_type="TIMESTAMP"), [1, 2]),
        (where("big", "eq", "9007199254740993"), [1]),
        (where("big", "eq", "9007199254740992"), []),
        (where("big", "eq", "170141183460469231731687303715884105727"), [2]),
        (where("amount", "eq", "1.5"), [1]),
        (where("amount", "eq", "1.504"), []),
        (where("amount", "gt", "1.999"), [2]),
        (where("amount", "eq", "2e0", data_type="DOUBLE"), [2]),
        (where("amount", "lt", "1e30"), [1, 2, 3, 4]),
        (where("rate", "eq", "0.5"), [1]),
        (where("rate", "lt", "0"), [2]),
        (where("ok", "eq", "true"), [1, 3]),
        (where("ok", "eq", "perhaps"), []),
        (where("day", "ge", "2024-01-02"), [2, 3]),
        (where("day", "eq", "2024-01-01T00:00:00Z"), [1]),
        (where("day", "lt", "2024-01-01 12:00:00"), [1, 4]),
        (where("day", "eq", "2024-01-01 12:00:00"), []),
        (where("day", "eq", "0", data_type="TIMESTAMP"), [4]),
        (where("at", "eq", "2024-01-02T10:00:00"), [2]),
        (where("at", "eq", "2024-01-02T12:00:00+02:00"), [2]),
        (where("at", "eq", "0", data_type="TIMESTAMP"), [4]),
        (where("at", "gt", "1706745600", data_type="TIMESTAMP"), [3]),
        (where("at", "gt", "1706745600"), []),
        (where("at", "eq", "not a time", data_type="TIMESTAMP"), []),
        (where("zoned", "eq", "2024-01-02T12:00:00+02:00"), [2]),
        (where("zoned", "lt", "1", data_type="TIMESTAMP"), [4]),
        (where("digits", "gt", "9", data_type="INTEGER"), [2]),
        (where("digits", "gt", "9"), [3]),
        (where("digits", "ne", "1", data_type="DOUBLE"), [2]),
        (where("digits", "eq", "1", "10", data_type="BIGINT"), [1, 2]),
        (where("digits", "lt", "x", data_type="DECIMAL"), []),
        (where("colour", "eq", "red"), [1, 3]),
        (where("colour", "ne", "blue"), [1, 2, 3, 4]),
        (RowSelection(fulltext="100%"), [3]),
        (RowSelection(fulltext="%"), [3]),
        (RowSelection(fulltext="_"), [3]),
        (RowSelection(fulltext="ANN"), []),
        (RowSelection(fulltext="n"), [1, 3]),
        (RowSelection(fulltext="n", changed_until="2024-01-02"), [1]),
        (RowSelection(changed_since="2024-01-02"), [2, 3, 4]),
        (RowSelection(changed_since="1704153600", changed_until="1704240000"), [2]),
        (RowSelection(changed_since="1704153600.5", changed_until="2024-01-04T00:00:00Z"), [3]),
        (RowSelection(sort=(SortKey("digits", data_type="INTEGER"),)), [1, 2, 3, 4, 5]),
        (RowSelection(sort=(SortKey("DIGITS", descending=True),), limit=2), [3, 2]),
        (RowSelection(sort=(SortKey("amount", descending=True),)), [2, 1, 4, 3, 5]),
        (RowSelection(sort=(SortKey("ok"), SortKey("id", descending=True))), [4, 2, 3, 1, 5]),
        (RowSelection(limit=2), [1, 2]),
    ],
)
def test_the_rows_of_a_selection(
    connection: duckdb.DuckDBPyConnection, selection: RowSelection, ids: list[int]
) -> None:
    rows = found(connection, selection)

    assert rows == ids or (selection.sort and set(rows[2:]) == set(ids[2:]) and rows[:2] == ids[:2])
    assert RowSelection.from_json(selection.to_json()) == selection


@pytest.mark.parametrize(
    ("selection", "text"),
    [
        (where("nope", "eq", "1"), 'Column "nope" not found on table "t" for where filter.'),
        (where("id", "gt", "1", "2"), 'whereFilter with multiple values can be used only with "eq", "ne" operators'),
        (where("id", "eq"), "needs at least one value"),
        (where("id", "like", "1"), "unknown operator"),
        (
            where("list", "eq", "1"),
            'Filtering by column "list" of type "INTEGER[]" is not supported by the backend "duckdb"',
        ),
        (where("doc", "eq", "1"), 'Filtering by column "doc" of type "JSON" is not supported'),
        (
            RowSelection("t", (ColumnFilter("id", "eq", ("1",)),), fulltext="x"),
            "Cannot use fulltextSearch and whereFilters at the same time",
        ),
        (RowSelection(changed_since="yesterday"), "changeSince has to be"),
        (RowSelection(changed_until="1e3"), "changeUntil has to be"),
        (RowSelection(changed_until="99999999999999"), "changeUntil has to be"),
        (RowSelection("t", sort=(SortKey("nope"),)), 'Column "nope" not found on table "t"'),
        (RowSelection(sort=(SortKey(""),)), "orderBy needs the name of a column"),
        (RowSelection(limit=-1), "negative"),
    ],
)
def test_what_no_selection_can_ask(selection: RowSelection, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_selection(selection, SPEC)

    assert text in refused.value.message


def test_bounds_need_the_column_of_changes() -> None:
    with pytest.raises(InvalidRequest, match="_timestamp"):
        check_selection(RowSelection("t", changed_since="1"), TableSpec((ColumnSpec("id", "INTEGER"),)))


@pytest.mark.parametrize(
    ("column", "type_text", "values", "among", "outside"),
    [
        ("id", "INTEGER", "1, 3, NULL", [1, 3], [2, 4, 5]),
        ("id", "BIGINT", "99999999999, 2", [2], [1, 3, 4, 5]),
        ("id", "VARCHAR", "'1', '2.5', 'x', NULL", [1], [2, 3, 4, 5]),
        ("Name", "VARCHAR", "'Ann', NULL", [1], [2, 3, 4]),
        ("digits", "INTEGER", "1, 10", [1, 2], []),
        ("at", "VARCHAR", "'2024-01-01', 'never'", [1], [2, 3, 4]),
        ("day", "TIMESTAMP", "TIMESTAMP '2024-01-02'", [2], [1, 3, 4]),
        ("day", "TIMESTAMP", "TIMESTAMP '2024-01-02 10:00:00'", [], [1, 2, 3, 4]),
        ("zoned", "DATE", "DATE '2024-01-01'", [1], [2, 3, 4]),
        ("Name", "VARCHAR", "NULL", [], [1, 2, 3, 4]),
    ],
)
def test_rows_whose_value_is_among_those_of_another_table(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    type_text: str,
    values: str,
    among: list[int],
    outside: list[int],
) -> None:
    rows = ", ".join(f"({value})" for value in values.split(", "))
    connection.execute(f'CREATE OR REPLACE TEMP TABLE other AS SELECT v::{type_text} AS "K" FROM (VALUES {rows}) x(v)')
    wanted = ReferenceFilter(column, VersionRef("p", "other"), "K", type_text)
    excluded = ReferenceFilter(column, VersionRef("p", "other"), "K", type_text, excluded=True)

    assert found(connection, RowSelection(references=(wanted,)), other="other") == among
    assert found(connection, RowSelection(references=(excluded,)), other="other") == outside


def test_thousands_of_values_and_strange_characters(connection: duckdb.DuckDBPyConnection) -> None:
    assert found(connection, where("id", "eq", *map(str, range(3, 20_000)))) == [3, 4, 5]
    assert found(connection, where("Name", "eq", "a\0b", "Ann")) == [1]


def test_a_definition_holds_the_values_as_literals(connection: duckdb.DuckDBPyConnection) -> None:
    text = condition_text(where("Name", "eq", "100%_'\"", "Ann"), SPEC)

    assert connection.execute(f"SELECT id FROM data WHERE {text} ORDER BY id").fetchall() == [(1,), (3,)]


# --- a model in Python of what must match

_HOW = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_texts = st.text(st.sampled_from("ab%_'\";-0123. é😀"), max_size=5)
_numbers = st.one_of(
    st.integers(-50, 50).map(str),
    st.decimals(-9, 9, places=3).map(str),
    st.sampled_from(["", "x", " 7 ", "1e2", "-.5", "5.", "nan", "inf", "99999999999999999999", "0x1F", "1_000"]),
)
_MODEL_SPEC = TableSpec(
    (
        ColumnSpec("number", "INTEGER"),
        ColumnSpec("t", "VARCHAR"),
        ColumnSpec("i", "SMALLINT"),
        ColumnSpec("d", "DECIMAL(6,2)"),
    )
)
_cells = st.tuples(
    st.none() | _texts,
    st.none() | st.integers(-50, 50),
    st.none() | st.decimals(-9, 9, places=2),
)


def _exact(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        return None
    return number if number.is_finite() and "_" not in text else None


def _matches(cell: Any, how: str, values: list[str], *, is_number: bool) -> bool:
    if cell is None:
        return False
    wanted: list[Any] = [_exact(value) for value in values] if is_number else list(values)
    if how == "ne":
        return all(value is not None and cell != value for value in wanted)
    return any(value is not None and _HOW[how](cell, value) for value in wanted)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_filters_match_what_a_model_in_python_matches(data: st.DataObject) -> None:
    rows = data.draw(st.lists(_cells, max_size=6))
    column = data.draw(st.sampled_from(["t", "i", "d"]))
    how = data.draw(st.sampled_from(sorted(_HOW)))
    pool = _texts if column == "t" else _numbers
    values = data.draw(st.lists(pool, min_size=1, max_size=3 if how in ("eq", "ne") else 1))
    # A whole number that the column cannot hold is none of its values; the model has no such limit.
    values = [value for value in values if not value.startswith("999")] or ["1"]
    selection = RowSelection("t", (ColumnFilter(column.upper(), how, tuple(values)),))
    parts = clauses(selection, _MODEL_SPEC)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE data (number INTEGER, t VARCHAR, i SMALLINT, d DECIMAL(6,2))")
        for number, row in enumerate(rows):
            connection.execute("INSERT INTO data VALUES (?, ?, ?, ?)", [number, *row])
        sql = f"SELECT number FROM data{parts.where} ORDER BY number"
        got = [row[0] for row in connection.execute(sql, parts.parameters).fetchall()]
        literal = f"SELECT number FROM data WHERE {condition_text(selection, _MODEL_SPEC)} ORDER BY number"
        assert [row[0] for row in connection.execute(literal).fetchall()] == got

    at = {"t": 0, "i": 1, "d": 2}[column]
    assert got == [number for number, row in enumerate(rows) if _matches(row[at], how, values, is_number=column != "t")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.none() | _texts, max_size=6), _texts.filter(bool))
def test_fulltext_is_a_literal_substring(cells: list[str | None], text: str) -> None:
    parts = clauses(RowSelection(fulltext=text), TableSpec((ColumnSpec("t", "VARCHAR"),)))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE data (t VARCHAR)")
        for cell in cells:
            connection.execute("INSERT INTO data VALUES (?)", [cell])
        [(count,)] = connection.execute(f"SELECT count(*) FROM data{parts.where}", parts.parameters).fetchall()

    assert count == sum(1 for cell in cells if cell is not None and text in cell)


def test_a_number_that_is_none_is_greater_than_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    assert math.isnan(connection.execute("SELECT rate FROM data WHERE id = 3").fetchall()[0][0])
    assert found(connection, where("amount", "lt", "nan")) == []

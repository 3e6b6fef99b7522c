"""Views of storage as SQL: names and values stay what they are, and row numbers those of the table."""

from __future__ import annotations

import duckdb
import pytest

from storage.engine.monitor import Monitor
from storage.engine.row_page import read_page
from storage.engine.shown_rows import look_at_rows
from storage.engine.specs import (
    ColumnFilter,
    ColumnSpec,
    LookOrder,
    PageOrder,
    RowSelection,
    SortKey,
    TableSpec,
    ViewShape,
)
from storage.engine.view_sql import has_row_numbers, seen_spec, seen_table, view_query
from storage.errors import FilterRefused, ViewOutdated

SPEC = TableSpec((ColumnSpec('a"b', "INTEGER", nullable=False), ColumnSpec("text", "VARCHAR")), ('a"b',))
ODD = "' OR 1=1; --"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute("SET TimeZone = 'UTC'")
    found.execute(
        """CREATE TABLE data AS SELECT range::INTEGER AS "a""b", 'text ' || range AS "text" FROM range(3000)"""
    )
    return found


def shown(connection: duckdb.DuckDBPyConnection, view: ViewShape, **selection: object) -> list[tuple[object, ...]]:
    order = LookOrder(RowSelection(**selection), view=view)  # type: ignore[arg-type]
    found = look_at_rows(connection=connection, table="data", spec=SPEC, order=order, monitor=Monitor())
    return list(zip(*found.values, strict=True))


def test_columns_have_their_names_in_the_view_and_the_key_if_all_of_it_is_there() -> None:
    both = seen_spec(SPEC, ViewShape("v", (("text", "t"), ('a"b', 'x"y'))))
    assert (both.column_names, both.primary_key) == (("t", 'x"y'), ('x"y',))
    assert seen_spec(SPEC, ViewShape("v", (("text", "t"),))).primary_key == ()
    assert seen_spec(SPEC, ViewShape("v")) == SPEC


def test_rows_are_found_filtered_and_sorted_as_the_view_shows_them(connection: duckdb.DuckDBPyConnection) -> None:
    view = ViewShape("v", (("text", "t"), ('a"b', "n")), (ColumnFilter('a"b', "ge", ("2990",)),))

    found = shown(connection, view, sort=(SortKey("n", descending=True),), limit=2)

    assert found == [("text 2999", "2999"), ("text 2998", "2998")]
    assert len(shown(connection, view)) == 10
    page = read_page(
        connection=connection, table="data", spec=SPEC, order=PageOrder(limit=0, view=view), monitor=Monitor()
    )
    assert (page.matching, page.rows_json) == (10, b"[]")


def test_values_of_conditions_are_no_sql(connection: duckdb.DuckDBPyConnection) -> None:
    assert shown(connection, ViewShape("v", (), (ColumnFilter("text", "eq", (ODD,)),))) == []


def test_a_column_called_rowid_hides_the_numbers_of_rows() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE data AS SELECT 7 AS rowid, 'x' AS name")
    spec = TableSpec((ColumnSpec("rowid", "INTEGER"), ColumnSpec("name", "VARCHAR")))
    view = ViewShape("v", (("name", "who"),))

    order = LookOrder(RowSelection(), view=view)
    found = look_at_rows(connection=connection, table="data", spec=spec, order=order, monitor=Monitor())

    assert (found.names, found.values) == (("who",), (["x"],))
    assert not has_row_numbers(spec, view)
    assert not has_row_numbers(SPEC, ViewShape("v", (("text", "RowId"),)))


def test_what_no_longer_fits_the_table_is_named() -> None:
    with pytest.raises(ViewOutdated, match="gone"):
        seen_spec(SPEC, ViewShape("v", (("gone", "gone"),)))
    with pytest.raises(FilterRefused, match="gone"):
        view_query("data", SPEC, ViewShape("v", (), (ColumnFilter("gone", "eq", ("1",)),)))
    assert seen_table("data", SPEC, None) == "data"

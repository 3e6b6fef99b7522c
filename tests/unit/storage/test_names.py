from __future__ import annotations

from typing import Any

import pytest

from storage.errors import InvalidColumn, InvalidName
from storage.names import check_bucket_name, check_column_names, check_project_id, check_table_name


@pytest.mark.parametrize("name", ["123", "proj_a", "test-project-12c", "e2e_branch_1766532917", "branch_1", "a" * 64])
def test_project_ids_in_use(name: str) -> None:
    assert check_project_id(name) == name


@pytest.mark.parametrize("name", ["orders", "table_a", "data", "_x", "a.b", "a" * 96])
def test_table_names_in_use(name: str) -> None:
    assert check_table_name(name) == name


@pytest.mark.parametrize("name", ["_temp_data", "x.DUCKDB", "x.wal", "a..b", "a/b", "a\n", "", "é"])
def test_table_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        check_table_name(name)


@pytest.mark.parametrize("name", ["_workspaces", ".a", "a.", "a..b", "a\n", ""])
def test_bucket_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        check_bucket_name(name)


def test_columns_may_not_differ_by_case_only() -> None:
    check_column_names(["id", "timestamp", "col bigint", "é", "😀"])
    with pytest.raises(InvalidColumn):
        check_column_names(["É", "é"])


@pytest.mark.parametrize("name", ["", " ", 'a"b', "a\tb", "\x7f", "a" * 129, "\ud800"])
def test_column_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        check_column_names([name])


def test_a_table_has_a_bounded_number_of_columns(settings: Any) -> None:
    settings.MAX_COLUMNS = 3
    check_column_names(["a", "b", "c"])
    with pytest.raises(InvalidColumn, match="at most 3 columns, not 4"):
        check_column_names(["a", "b", "c", "d"])

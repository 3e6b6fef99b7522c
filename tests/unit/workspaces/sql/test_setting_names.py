"""Every setting of the engine has a group, and only the harmless ones may be set."""

from __future__ import annotations

import duckdb
import pytest

from workspaces.sql.setting_names import SettingGroup, setting_group


def test_no_setting_of_the_engine_is_forgotten() -> None:
    names = [row[0] for row in duckdb.connect().execute("SELECT name FROM duckdb_settings()").fetchall()]
    assert [name for name in names if setting_group(name) is None] == []


def test_few_settings_of_the_engine_may_be_set() -> None:
    names = [row[0] for row in duckdb.connect().execute("SELECT name FROM duckdb_settings()").fetchall()]
    open_to_users = {name.lower() for name in names if setting_group(name) != SettingGroup.REFUSED}
    assert open_to_users == {
        "timezone", "search_path", "calendar", "integer_division", "default_null_order", "enable_progress_bar",
        "enable_progress_bar_print",
    } & open_to_users  # fmt: skip


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("DateStyle", SettingGroup.APPLIED),
        ("jit", SettingGroup.STORED),
        ("enable_seqscan", SettingGroup.STORED),
        ("random_page_cost", SettingGroup.STORED),
        ("max_index_keys", SettingGroup.READ_ONLY),
        ("standard_conforming_strings", SettingGroup.FIXED),
        ("my.thing", SettingGroup.CUSTOM),
        ("integer_division", SettingGroup.ENGINE),
        ("memory_limit", SettingGroup.REFUSED),
        ("nonsense", None),
    ],
)
def test_the_group_of_a_setting(name: str, group: SettingGroup | None) -> None:
    assert setting_group(name) == group

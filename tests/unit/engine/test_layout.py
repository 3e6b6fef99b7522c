"""Every path lies below its root, whatever the names say."""

from __future__ import annotations

import pytest

from kbstore.errors import InvalidRequest
from storage.engine.layout import Layout
from storage.engine.specs import TableAddress, VersionRef

BAD_NAMES = ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b", "x" * 300]


def test_files_lie_where_the_contract_says(layout: Layout) -> None:
    config = layout.config
    assert layout.version_path(VersionRef("p1", "v1")) == config.versions_dir / "project_p1" / "v1.duckdb"
    address = TableAddress("p1", None, "in.c-sales", "orders")
    assert layout.link_path(address) == config.duckdb_dir / "project_p1" / "in.c-sales" / "orders.duckdb"
    address = TableAddress("p1", "42", "in.c-sales", "orders")
    assert layout.link_path(address) == config.duckdb_dir / "project_p1_branch_42" / "in.c-sales" / "orders.duckdb"


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_no_single_path_component_is_refused(layout: Layout, name: str) -> None:
    for build in (
        lambda: layout.version_path(VersionRef("p1", name)),
        lambda: layout.version_path(VersionRef(name, "v1")),
        lambda: layout.project_dir(name),
        lambda: layout.project_dir("p1", name),
        lambda: layout.bucket_dir("p1", name),
        lambda: layout.link_path(TableAddress("p1", None, "b", name)),
        lambda: layout.link_path(TableAddress("p1", None, name, "t")),
    ):
        with pytest.raises(InvalidRequest) as raised:
            build()
        assert raised.value.code == "invalid_name"


@pytest.mark.parametrize("name", ["in.c-a b", "..x", 'quo"te', "naïve", "日本", "a'b", "...", "~", "$HOME", "-rf"])
def test_odd_names_are_kept_as_they_are(layout: Layout, name: str) -> None:
    assert layout.link_path(TableAddress("p1", None, name, name)).parent.name == name


def test_staging_paths_are_always_fresh(layout: Layout) -> None:
    paths = {layout.staging_path() for _ in range(100)}
    assert len(paths) == 100
    assert {path.parent for path in paths} == {layout.config.staging_dir}


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 5000, "p/b/t", "\0", "é"])
def test_any_key_has_a_safe_lock_file(layout: Layout, key: str) -> None:
    path = layout.lock_path(key)
    assert path.parent == layout.config.locks_dir
    assert path.name.replace(".lock", "").isalnum()

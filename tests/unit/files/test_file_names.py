from __future__ import annotations

import datetime

import pytest

from files.errors import InvalidFilename, InvalidTags
from files.services.file_names import MAX_STORED_NAME_BYTES, check_name, check_tags, object_path, stored_name


@pytest.mark.parametrize("name", ["a", "...", ".hidden", "a b", "née", "🙂", "a/b", "x" * 255])
def test_usual_names_are_kept(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "\0", "a\tb", "\x85", "\ud800", "x" * 256, "🙂" * 64])
def test_names_that_no_storage_should_see_are_refused(name: str) -> None:
    with pytest.raises(InvalidFilename):
        check_name(name)


@pytest.mark.parametrize("name", ["x" * 255, "x" * 250 + ".csv", "é" * 120 + ".csv.gz", "🙂" * 63, "." + "x" * 254])
def test_a_long_name_is_cut_so_that_it_fits_behind_an_id(name: str) -> None:
    stored = stored_name(name)
    assert len(stored.encode()) <= MAX_STORED_NAME_BYTES
    assert stored.startswith(name[:50])
    if name.endswith((".csv", ".gz")):
        assert stored.rpartition(".")[2] == name.rpartition(".")[2]


def test_a_path_has_four_levels_whatever_the_name() -> None:
    day = datetime.date(2025, 1, 31)
    for name in ("a.csv", "../../x", "a/b\\c"):
        path = object_path(project_id="7", file_id="id", name=name, day=day)
        assert path.count("/") == 4
        assert path.startswith("project_7/2025/01/31/id_")


def test_no_tags_are_none_and_text_that_no_database_holds_is_refused() -> None:
    assert check_tags({}) is None
    assert check_tags({"a": "b"}) == {"a": "b"}
    for tags in ({"a": "\0"}, {"\0": "a"}, {"a": "\udfff"}):
        with pytest.raises(InvalidTags):
            check_tags(tags)

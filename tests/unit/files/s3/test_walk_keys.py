"""The walk against a plain model of it, over any keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from files.services.objects.walk_keys import Start, Walked, first_behind_prefix, walk_keys

#: Few, so that keys share prefixes and hold delimiters: ends of ranges, controls, blanks, all lengths of UTF-8.
CHARACTERS = st.sampled_from("ab/ \x01\n\x7f+%é\ud7ff\ue000\uffff\U00010000\U0010ffff")
TEXT = st.text(CHARACTERS, max_size=6) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
KEYS = st.sets(TEXT.filter(bool), max_size=30)


class Keys:
    """Sorted keys, and how often and how much of them was read."""

    def __init__(self, keys: set[str] | list[str]) -> None:
        self.keys = sorted(keys, key=str.encode)
        self.steps = self.rows = 0

    def walk(self, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000) -> Walked:
        end = first_behind_prefix(prefix)
        last = len(self.keys) if end is None else bisect_left(self.keys, end)

        def fetch(start: Start, count: int) -> list[tuple[str]]:
            position = (bisect_left if start.is_inclusive else bisect_right)(self.keys, start.key)
            found = [(key,) for key in self.keys[position:last][:count]]
            self.steps, self.rows = self.steps + 1, self.rows + len(found)
            return found

        return walk_keys(fetch, prefix=prefix, delimiter=delimiter, after=after, limit=limit)

    def pages(self, *, prefix: str, delimiter: str, after: str, limit: int) -> list[str]:
        """All items of all pages, in the order of the walk."""
        items: list[str] = []
        while True:
            page = self.walk(prefix=prefix, delimiter=delimiter, after=after, limit=limit)
            items += items_of(page)
            assert len(page) <= limit
            if not page.is_truncated:
                return items
            assert len(page) == limit
            after = page.last


def items_of(page: Walked) -> list[str]:
    return sorted([row[0] for row in page.rows] + page.prefixes, key=str.encode)


def rolled_up(key: str, prefix: str, delimiter: str) -> str:
    found = key.find(delimiter, len(prefix)) if delimiter else -1
    return key if found < 0 else key[: found + len(delimiter)]


def expected(keys: set[str], *, prefix: str, delimiter: str, after: str) -> list[str]:
    behind = {key for key in keys if key.startswith(prefix) and key.encode() > after.encode()}
    items = {rolled_up(key, prefix, delimiter) for key in behind}
    if after.startswith(prefix) and delimiter and delimiter in after[len(prefix) :]:
        items -= {rolled_up(after, prefix, delimiter)}
    return sorted(items, key=str.encode)


@settings(max_examples=400, deadline=None)
@given(KEYS, TEXT, TEXT, TEXT, st.integers(1, 7))
def test_pages_give_each_item_once_in_the_order_of_bytes(
    keys: set[str], prefix: str, delimiter: str, after: str, limit: int
) -> None:
    given_items = Keys(keys).pages(prefix=prefix, delimiter=delimiter, after=after, limit=limit)
    assert given_items == expected(keys, prefix=prefix, delimiter=delimiter, after=after)


@settings(max_examples=200, deadline=None)
@given(KEYS, st.data())
def test_pages_of_any_size_are_the_whole_list_for_parts_of_keys_as_prefix_and_delimiter(
    keys: set[str], data: st.DataObject
) -> None:
    some = data.draw(st.sampled_from(sorted(keys))) if keys else ""
    prefix = some[: data.draw(st.integers(0, len(some)))]
    delimiter = data.draw(st.sampled_from(["/", "a", *some]))
    whole = expected(keys, prefix=prefix, delimiter=delimiter, after="")
    for limit in (1, 2, 3, 1000):
        assert Keys(keys).pages(prefix=prefix, delimiter=delimiter, after="", limit=limit) == whole


@given(TEXT, TEXT)
def test_the_text_behind_a_prefix_is_the_first_that_does_not_begin_with_it(prefix: str, other: str) -> None:
    behind = first_behind_prefix(prefix)
    if behind is None:
        assert set(prefix) <= {"\U0010ffff"}
        return
    behind.encode()
    assert (prefix + other).encode() < behind.encode()
    assert not prefix.encode() <= other.encode() < behind.encode() or other.startswith(prefix)


@pytest.mark.parametrize(
    ("prefix", "behind"),
    [("a/", "a0"), ("", None), ("\ud7ff", "\ue000"), ("a\U0010ffff\U0010ffff", "b"), ("\U0010ffff", None)],
)
def test_the_text_behind_a_prefix_skips_what_no_key_can_hold(prefix: str, behind: str | None) -> None:
    assert first_behind_prefix(prefix) == behind


def test_a_page_is_truncated_only_if_one_more_item_exists() -> None:
    keys = Keys(["a/1", "a/2", "b"])
    assert not keys.walk(delimiter="/", limit=2).is_truncated
    assert keys.walk(limit=2).is_truncated
    assert not keys.walk(limit=0).is_truncated
    assert len(keys.walk(limit=0)) == 0
    assert keys.steps == 3


def test_what_the_start_was_rolled_up_into_is_not_given_again() -> None:
    keys = Keys(["a/1", "a/2", "b/1", "c"])
    assert items_of(keys.walk(delimiter="/", after="a/1")) == ["b/", "c"]
    assert items_of(keys.walk(delimiter="/", after="a/")) == ["b/", "c"]
    assert items_of(keys.walk(delimiter="/", after="a")) == ["a/", "b/", "c"]
    assert items_of(keys.walk(delimiter="/", prefix="a/", after="a/1")) == ["a/2"]


def test_ten_directories_over_many_keys_are_about_ten_steps_of_few_rows() -> None:
    keys = Keys([f"{directory}/{number:05}" for directory in range(10) for number in range(10_000)])
    page = keys.walk(delimiter="/")
    assert page.prefixes == [f"{directory}/" for directory in range(10)]
    assert keys.steps <= 11
    assert keys.rows <= 100


def test_a_thousand_keys_are_one_step_and_few_with_a_delimiter_that_none_holds() -> None:
    keys = Keys([f"{number:05}" for number in range(5000)])
    assert len(keys.walk().rows) == 1000
    assert (keys.steps, keys.rows) == (1, 1001)
    assert len(keys.walk(delimiter="/").rows) == 1000
    assert keys.steps <= 7
    assert keys.rows <= 2100


def test_small_directories_are_read_over_not_sought_past_one_by_one() -> None:
    keys = Keys([f"{directory:05}/{number}" for directory in range(2000) for number in range(3)])
    assert len(keys.walk(delimiter="/").prefixes) == 1000
    assert keys.steps <= 25

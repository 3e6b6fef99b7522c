"""Walk over keys in the order of their bytes, with what lies below a delimiter rolled up and skipped.

Keys hold no surrogates, so Python compares them as the catalog does: code points are ordered as their UTF-8 bytes are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

_FIRST_SURROGATE, _LAST_SURROGATE, _LAST_CODE_POINT = 0xD800, 0xDFFF, 0x10FFFF
#: How many rows a step of a walk with a delimiter reads at first: most of them may lie below one common prefix.
_FIRST_STEP = 8
_GROWTH = 4


@dataclass(frozen=True)
class Start:
    """Where a step begins: at the first key from `key` on, or behind it."""

    key: str
    is_inclusive: bool


#: Rows from there on in the order of their keys, at most so many; the first column is the key.
Fetch = Callable[[Start, int], Sequence[tuple[Any, ...]]]


@dataclass
class Walked:
    """A page: rows, and the common prefixes of keys that were rolled up; `last` is the last of both."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    is_truncated: bool = False

    def __len__(self) -> int:
        return len(self.rows) + len(self.prefixes)


def walk_keys(fetch: Fetch, *, prefix: str, delimiter: str, after: str, limit: int) -> Walked:
    """The first `limit` items behind `after`, of keys that begin with the prefix.

    `fetch` is to keep within the prefix. What `after` was rolled up into is not given again; an empty `after` is the
    beginning, an empty delimiter rolls nothing up.
    """
    page = Walked()
    if limit <= 0:
        return page
    walk = _Walk(page, prefix, delimiter, limit)
    start = walk.first_start(after)
    step = min(_FIRST_STEP, limit + 1) if delimiter else limit + 1
    while start is not None:
        before = len(page)
        rows = fetch(start, step)
        start = walk.take(rows) if len(rows) == step else walk.take_last(rows)
        step = walk.next_step(step, taken=len(page) - before)
    return page


@dataclass
class _Walk:
    page: Walked
    prefix: str
    delimiter: str
    limit: int

    def first_start(self, after: str) -> Start | None:
        if after < self.prefix or not after:
            return Start(self.prefix, is_inclusive=True)
        return self._behind(after) if after.startswith(self.prefix) else Start(after, is_inclusive=False)

    def _behind(self, key: str) -> Start | None:
        common = self._common_prefix(key)
        if common is None:
            return Start(key, is_inclusive=False)
        behind = first_behind_prefix(common)
        return None if behind is None else Start(behind, is_inclusive=True)

    def take(self, rows: Sequence[tuple[Any, ...]]) -> Start | None:
        """Where to go on, None at the end of the page or of all keys."""
        page, limit = self.page, self.limit
        rolled_up = None
        for row in rows:
            common = self._common_prefix(row[0])
            if common is not None and common == rolled_up:
                continue
            if len(page) == limit:
                page.is_truncated = True
                return None
            rolled_up = common
            (page.rows if common is None else page.prefixes).append(row if common is None else common)  # type: ignore[arg-type]
            page.last = row[0] if common is None else common
        return self._behind(rows[-1][0])

    def take_last(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self.take(rows)

    def next_step(self, step: int, *, taken: int) -> int:
        """More rows when those of the last step were worth reading, few when most of them were below a prefix."""
        wanted = step * _GROWTH if taken * 4 >= step else max(_FIRST_STEP, step // _GROWTH)
        return max(1, min(wanted, self.limit + 1 - len(self.page)))

    def _common_prefix(self, key: str) -> str | None:
        if not self.delimiter:
            return None
        found = key.find(self.delimiter, len(self.prefix))
        return None if found < 0 else key[: found + len(self.delimiter)]


def first_behind_prefix(prefix: str) -> str | None:
    """The least text greater than all that begin with the prefix; None if there is none, as for an empty one."""
    kept = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if _FIRST_SURROGATE <= following <= _LAST_SURROGATE:
        following = _LAST_SURROGATE + 1
    return kept[:-1] + chr(following)

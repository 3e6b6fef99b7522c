"""One page of a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

M = TypeVar("M")


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some of `total` things, from `offset` on; `limit` is what was asked for, None for the server's own."""

    items: list[M]
    total: int
    limit: int | None = None
    offset: int = 0

    def __iter__(self) -> Iterator[M]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> M:
        return self.items[index]

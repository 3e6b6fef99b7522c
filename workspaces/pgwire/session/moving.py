"""Where FETCH and MOVE go: from the row that a cursor stands on to others, forward, backward or by number."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.row_store import RowSource, ScrollableRows


def move(source: RowSource, direction: str, count: int | None) -> Iterator[pa.RecordBatch]:
    """The rows on the way, or the one row at its end for absolute and relative; `count` None is all.

    The source moves while they are taken. Raises SqlFault 55000 at once for a way that a stream cannot go.
    """
    if direction == "forward" and count != 0:
        return _forward(source, count)
    if isinstance(source, ScrollableRows):
        return iter(_scrolled(source, direction, count))
    return _forward_to(source, direction, count)


def is_on_row(source: RowSource) -> bool:
    """Whether it stands on a row, neither before the first nor behind the last."""
    return source.position > 0 and not source.is_at_end


def _forward(source: RowSource, count: int | None) -> Iterator[pa.RecordBatch]:
    left = count
    while left is None or left > 0:
        batch = source.take(left or 0)
        if batch is None:
            return
        if left is not None:
            left -= batch.num_rows
        yield batch


def _forward_to(source: RowSource, direction: str, count: int | None) -> Iterator[pa.RecordBatch]:
    """For a stream: only rows that it has not given yet."""
    steps = -1
    if count is not None and direction != "backward":
        steps = count - source.position if direction == "absolute" else count
    if steps > 0:
        return _last_of(source, steps)
    is_before = source.position == 0 and not source.is_at_end
    if (direction == "absolute" and count == 0 and is_before) or (count == 0 and not is_on_row(source)):
        return iter(())
    raise SqlFault(
        "55000", "cursor can only scan forward", hint="Declare it with SCROLL option to enable backward scan."
    )


def _last_of(source: RowSource, steps: int) -> Iterator[pa.RecordBatch]:
    for _ in _forward(source, steps - 1):
        pass
    yield from _forward(source, 1)


def _scrolled(source: ScrollableRows, direction: str, count: int | None) -> list[pa.RecordBatch]:
    if direction == "backward" and count != 0:
        return _backward(source, count)
    if direction == "absolute" and count is not None:
        target = count if count >= 0 else source.rows + 1 + count
    else:
        target = source.position + (count or 0 if direction == "relative" else 0)
    target = max(target, 0)
    if source.has(target):
        source.position = target
        return list(source.slices(target - 1, 1))
    source.position = 0 if target == 0 else source.rows + 1
    return []


def _backward(source: ScrollableRows, count: int | None) -> list[pa.RecordBatch]:
    """Rows before the one it stands on, the nearest first."""
    before = source.position - 1
    first = 0 if count is None else max(before - count, 0)
    found = list(source.slices(first, before - first)) if before > first else []
    source.position = max(source.position - count, 0) if count is not None else 0
    return [batch.take(pa.array(range(batch.num_rows - 1, -1, -1))) for batch in reversed(found)]

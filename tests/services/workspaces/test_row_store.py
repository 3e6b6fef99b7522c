"""Rows that wait: in memory as long as there is room, then in files of the workspace, up to its limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from storage.engine.workspace_spill import SpillSpace
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.row_store import RowStream, ScrollableRows, SpoolRoom


def batches(count: int = 10, rows: int = 1000) -> Iterator[pa.RecordBatch]:
    for start in range(0, count * rows, rows):
        kinds = pa.array(["even" if i % 2 == 0 else "odd" for i in range(start, start + rows)]).dictionary_encode()
        yield pa.record_batch([pa.array(range(start, start + rows)), kinds], names=["i", "kind"])


def numbers(found: Iterator[pa.RecordBatch]) -> list[int]:
    return [value for batch in found for value in batch.column(0).to_pylist()]


def rest_of(stream: RowStream) -> Iterator[pa.RecordBatch]:
    while (batch := stream.take(777)) is not None:
        yield batch


@pytest.fixture
def space(tmp_path: Path) -> SpillSpace:
    return SpillSpace(tmp_path / "rows", limit_bytes=1_000_000)


def test_a_drained_stream_goes_on_where_it_was(space: SpillSpace) -> None:
    room = SpoolRoom(space, memory_bytes=20_000)
    stream = RowStream(batches(), room)
    assert numbers(iter([stream.take(5)])) == [0, 1, 2, 3, 4]
    stream.drain()
    assert space.used_bytes > 0
    assert numbers(rest_of(stream)) == list(range(5, 10_000))
    assert (space.used_bytes, room.memory_bytes) == (0, 20_000)


def test_kept_rows_can_be_had_anywhere(space: SpillSpace) -> None:
    room = SpoolRoom(space, memory_bytes=20_000)
    kept = ScrollableRows(batches(), room)
    assert kept.has(2500)
    kept.drain()
    assert numbers(kept.slices(1995, 10)) == list(range(1995, 2005))
    assert numbers(kept.slices(9_999, 5)) == [9_999]
    assert kept.rows == 10_000
    kept.close()
    assert (space.used_bytes, room.memory_bytes) == (0, 20_000)


def test_what_does_not_fit_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    stream = RowStream(batches(), SpoolRoom(SpillSpace(tmp_path, limit_bytes=30_000), memory_bytes=20_000))
    stream.drain()
    with pytest.raises(SqlFault) as caught:
        numbers(rest_of(stream))
    assert caught.value.sqlstate == "53100"


def test_files_have_no_names(space: SpillSpace, tmp_path: Path) -> None:
    stream = RowStream(batches(), SpoolRoom(space, memory_bytes=0))
    stream.drain()
    assert space.used_bytes > 0
    assert list((tmp_path / "rows").iterdir()) == []
    stream.close()
    assert space.used_bytes == 0

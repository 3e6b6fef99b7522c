"""Rows of a statement that were not sent yet: as the engine makes them, or kept aside until they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, Protocol

import pyarrow as pa

from storage.engine.workspace_spill import SpillFile, SpillFull, SpillSpace
from workspaces.pgwire.sqlstate import SqlFault

_MEMORY_BYTES: Final = 64 << 20


class SpoolRoom:
    """What one session may keep of rows that wait: so much in memory, then files of its workspace."""

    def __init__(self, space: SpillSpace, *, memory_bytes: int = _MEMORY_BYTES) -> None:
        self.space = space
        self.memory_bytes = memory_bytes


class Spool:
    """Batches in memory, and in a file where there is no room. `close` gives the room back."""

    def __init__(self, room: SpoolRoom) -> None:
        self._room = room
        self._kept: list[pa.RecordBatch | tuple[int, int] | None] = []
        #: For each batch how many rows end with it.
        self._ends: list[int] = []
        self._file: SpillFile | None = None
        self._memory_bytes = 0

    @property
    def rows(self) -> int:
        return self._ends[-1] if self._ends else 0

    def append(self, batch: pa.RecordBatch) -> None:
        """Raises SqlFault 53100."""
        size = batch.nbytes
        if size <= self._room.memory_bytes and self._file is None:
            self._room.memory_bytes -= size
            self._memory_bytes += size
            self._kept.append(batch)
        else:
            self._kept.append(self._write(batch))
        self._ends.append(self.rows + batch.num_rows)

    def taken(self) -> Iterator[pa.RecordBatch]:
        """All batches, each of which is forgotten when it is given out."""
        for index in range(len(self._kept)):
            batch = self._batch(index)
            if isinstance(self._kept[index], pa.RecordBatch):
                self._memory_bytes -= batch.nbytes
                self._room.memory_bytes += batch.nbytes
            self._kept[index] = None
            yield batch
        self.close()

    def slices(self, start: int, count: int) -> Iterator[pa.RecordBatch]:
        """The rows from `start` on, which counts from 0; no more than there are."""
        index = bisect_right(self._ends, start)
        while count > 0 and index < len(self._kept):
            batch = self._batch(index)
            begin = start - (self._ends[index] - batch.num_rows)
            part = batch.slice(begin, count)
            yield part
            start, count, index = start + part.num_rows, count - part.num_rows, index + 1

    def close(self) -> None:
        self._room.memory_bytes += self._memory_bytes
        self._memory_bytes = 0
        self._kept, self._ends = [], []
        if self._file is not None:
            self._file.close()

    def _batch(self, index: int) -> pa.RecordBatch:
        kept = self._kept[index]
        if isinstance(kept, pa.RecordBatch):
            return kept
        assert self._file is not None  # noqa: S101 - written by `append`
        assert kept is not None  # noqa: S101 - not taken yet
        return pa.ipc.open_stream(self._file.read(kept)).read_next_batch()

    def _write(self, batch: pa.RecordBatch) -> tuple[int, int]:
        sink = pa.BufferOutputStream()
        # Each with its schema: so any of them can be read alone, also one with dictionaries.
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        try:
            if self._file is None:
                self._file = self._room.space.file()
            return self._file.append(memoryview(sink.getvalue()))
        except SpillFull as error:
            raise SqlFault("53100", "temporary file size exceeds the limit of the workspace") from error


class RowSource(Protocol):
    """Where the rows of a portal come from. `position` is the row that it stands on, from 1; 0 is before them."""

    position: int
    fault: SqlFault | None

    @property
    def is_at_end(self) -> bool:
        """Whether it stands behind the last row."""
        ...

    def take(self, most: int = 0) -> pa.RecordBatch | None:
        """The next rows, at most so many if not 0; None at the end. Raises SqlFault."""
        ...

    def drain(self) -> None:
        """Keep what is left: the connection goes on to something else. What goes wrong is raised by `take`."""
        ...

    def close(self) -> None: ...


class RowStream:
    """A RowSource that gives each row once."""

    def __init__(self, batches: Iterator[pa.RecordBatch], room: SpoolRoom) -> None:
        self._batches = batches
        self._room = room
        self._rest: pa.RecordBatch | None = None
        self._spool: Spool | None = None
        self.position = 0
        self.is_at_end = False
        self.fault: SqlFault | None = None

    def take(self, most: int = 0) -> pa.RecordBatch | None:
        batch, self._rest = self._rest, None
        if batch is None:
            batch = next(self._batches, None)
        if batch is None:
            if self.fault is not None:
                raise self.fault
            self.is_at_end = True
            return None
        if most and batch.num_rows > most:
            self._rest = batch.slice(most)
            batch = batch.slice(0, most)
        self.position += batch.num_rows
        return batch

    def drain(self) -> None:
        if self._spool is not None or self.is_at_end:
            return
        self._spool = spool = Spool(self._room)
        try:
            for batch in self._batches:
                spool.append(batch)
        except SqlFault as fault:
            self.fault = fault
        self._batches = spool.taken()

    def close(self) -> None:
        self._rest = None
        self._batches = iter(())
        if self._spool is not None:
            self._spool.close()


class ScrollableRows:
    """A RowSource that keeps all rows, so that each can be had again."""

    def __init__(self, batches: Iterator[pa.RecordBatch], room: SpoolRoom) -> None:
        self._batches: Iterator[pa.RecordBatch] | None = batches
        self._spool = Spool(room)
        self.position = 0
        self.fault: SqlFault | None = None

    @property
    def is_at_end(self) -> bool:
        return self._batches is None and self.position > self._spool.rows

    @property
    def rows(self) -> int:
        """How many there are in all. Raises SqlFault."""
        self._read_to(None)
        return self._spool.rows

    def take(self, most: int = 0) -> pa.RecordBatch | None:
        start = self.position
        self._read_to(start + 1)
        if start >= self._spool.rows:
            self.position = self._spool.rows + 1
            return None
        batch = next(self._spool.slices(start, most or self._spool.rows))
        self.position += batch.num_rows
        return batch

    def slices(self, start: int, count: int) -> Iterator[pa.RecordBatch]:
        """Rows by their number from 0, wherever it stands. Raises SqlFault."""
        self._read_to(start + count)
        return self._spool.slices(start, count)

    def has(self, row: int) -> bool:
        """Whether there is such a row, counted from 1. Raises SqlFault."""
        self._read_to(row)
        return 1 <= row <= self._spool.rows

    def drain(self) -> None:
        batches, self._batches = self._batches, None
        try:
            for batch in batches or ():
                self._spool.append(batch)
        except SqlFault as fault:
            self.fault = fault

    def close(self) -> None:
        self._batches = None
        self._spool.close()

    def _read_to(self, rows: int | None) -> None:
        while self._batches is not None and (rows is None or self._spool.rows < rows):
            batch = next(self._batches, None)
            if batch is None:
                self._batches = None
            else:
                self._spool.append(batch)
        if self.fault is not None and (rows is None or self._spool.rows < rows):
            raise self.fault

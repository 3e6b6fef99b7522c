"""A statement with its parameters, and the part of its rows that was not asked for yet."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa

from workspaces.pgwire.messages.backend import FieldDescription, data_row, row_description
from workspaces.pgwire.session.output import Output
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.data_rows import RowEncoder
from workspaces.pgwire.values.encode import Style
from workspaces.pgwire.values.errors import WireValueError
from workspaces.pgwire.values.types import TEXT
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import ResultColumn
from workspaces.services.row_store import RowSource, RowStream, ScrollableRows, SpoolRoom
from workspaces.services.run_query import Column, Query

#: Of one session; cursors are portals, too.
MAX_PORTALS: Final = 100


class RowsOfStatement(Protocol):
    """What running a statement gave: rows of the engine, or of a cursor."""

    columns: tuple[Column, ...]
    returns_rows: bool
    changed: int | None

    def batches(self) -> Iterator[pa.RecordBatch]: ...

    def keep_by(self, drain: Callable[[], None]) -> None:
        """Have what is left read by `drain` before the connection goes on to something else."""
        ...

    def close(self) -> None: ...


@dataclass
class CursorOptions:
    """How a cursor was declared; `is_held` once its transaction has ended."""

    name: str
    statement: str
    is_binary: bool
    is_holdable: bool
    is_scrollable: bool
    created_at: datetime.datetime
    is_held: bool = False


@dataclass(frozen=True)
class Reply:
    """What the server answers by itself: a tag, and for some a few rows of text. `count` is for the log."""

    tag: str
    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[str | None]] = ()
    count: int = 0


@dataclass(eq=False)
class Portal:
    """`query` is None for what the server answers by itself, `compiled` None for an empty statement."""

    compiled: Compiled | None
    query: Query | None = None
    columns: tuple[ResultColumn, ...] = ()
    values: Sequence[tuple[str, Any]] = ()
    formats: tuple[int, ...] = ()
    rows: RowsOfStatement | None = None
    is_done: bool = False
    source: RowSource | None = None
    _encoder: RowEncoder | None = None
    #: Whether its statement was prepared just now, for it alone.
    is_fresh: bool = False
    #: As its statement has it.
    is_plain: bool = False
    #: For one that DECLARE has made.
    cursor: CursorOptions | None = None
    #: For DECLARE itself: what the cursor is made from.
    declared: Portal | None = None

    @property
    def column_formats(self) -> tuple[int, ...]:
        """One for each column. Raises SqlFault when the client gave another number of them."""
        count = len(self.columns)
        if not self.formats:
            return (0,) * count
        if len(self.formats) == 1:
            return self.formats * count
        if len(self.formats) != count:
            raise SqlFault(
                "08P01", f"bind message has {len(self.formats)} result formats but query has {count} columns"
            )
        return self.formats

    def description(self) -> bytes:
        """Its RowDescription."""
        return describe(self.columns, self.column_formats)

    def begin(self, rows: RowsOfStatement, style: Style, room: SpoolRoom) -> None:
        """Its statement was executed: these are its rows."""
        self.rows = rows
        is_scrollable = self.cursor is not None and self.cursor.is_scrollable
        self.source = (ScrollableRows if is_scrollable else RowStream)(rows.batches(), room)
        rows.keep_by(self.source.drain)
        self._encoder = RowEncoder([column.type for column in self.columns], self.column_formats, style=style)

    def send(self, output: Output, *, limit: int) -> int:
        """Write rows, all of them if `limit` is 0; how many. Afterwards `is_done` says whether there are more."""
        assert self.source is not None  # noqa: S101 - begun
        sent = 0
        try:
            for rows, streams in map(self._encode, self._taken(limit)):
                for stream in streams:
                    output.write(stream)
                sent += rows
        except WireValueError as error:
            raise SqlFault(error.sqlstate, error.message) from error
        return sent

    def _taken(self, limit: int) -> Iterator[pa.RecordBatch]:
        """The next rows, at most so many if not 0; at the end of all `is_done` is set."""
        assert self.source is not None  # noqa: S101 - begun
        taken = 0
        while not limit or taken < limit:
            batch = self.source.take(limit - taken if limit else 0)
            if batch is None:
                if self.cursor is None:
                    self.close()
                self.is_done = True
                return
            taken += batch.num_rows
            yield batch

    def spool(self) -> None:
        """Read what is left now: its transaction ends, or the connection goes on to something else."""
        if self.source is not None and not self.is_done:
            self.source.drain()

    def hold(self) -> None:
        """Let a cursor WITH HOLD outlive its transaction. Raises SqlFault where its rows cannot be read."""
        assert self.cursor is not None  # noqa: S101 - by its caller
        self.spool()
        if self.source is not None and self.source.fault is not None:
            raise self.source.fault
        if self.rows is not None:
            self.rows.close()
        self.cursor.is_held = True

    def close(self) -> None:
        self.is_done = True
        if self.source is not None:
            self.source.close()
        if self.rows is not None:
            self.rows.close()

    def _encode(self, batch: pa.RecordBatch) -> tuple[int, Sequence[bytes | memoryview]]:
        """How many rows, and their bytes. Raises WireValueError."""
        assert self._encoder is not None  # noqa: S101 - begun
        if not self.columns:
            return batch.num_rows, [data_row([])] * batch.num_rows
        return batch.num_rows, self._encoder.messages(batch)


def describe(columns: Sequence[ResultColumn], formats: Sequence[int]) -> bytes:
    """A RowDescription."""
    return row_description(
        [
            FieldDescription(column.name, column.type.oid, column.type.typlen, column.type.typmod, code)
            for column, code in zip(columns, formats, strict=True)
        ]
    )


def text_columns(names: Sequence[str]) -> tuple[ResultColumn, ...]:
    return tuple(ResultColumn(name, TEXT) for name in names)


def send_reply(reply: Reply, output: Output) -> None:
    """The rows of an answer of the server; text has the same bytes in both formats."""
    for row in reply.rows:
        output.write(data_row([None if value is None else value.encode() for value in row]))

"""A statement with its parameters, and the part of its rows that was not asked for yet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

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
from workspaces.services.run_query import Query, Rows

#: Rows of a portal that waits are kept in memory up to this, then in a file that nobody else can open.
_SPOOL_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Reply:
    """What the server answers by itself: a tag, and for some a few rows of text."""

    tag: str
    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[str | None]] = ()


@dataclass
class Portal:
    """`query` is None for what the server answers by itself, `compiled` None for an empty statement."""

    compiled: Compiled | None
    query: Query | None = None
    columns: tuple[ResultColumn, ...] = ()
    values: Sequence[tuple[str, Any]] = ()
    formats: tuple[int, ...] = ()
    rows: Rows | None = None
    is_done: bool = False
    _batches: Iterator[pa.RecordBatch] | None = None
    _rest: pa.RecordBatch | None = None
    _encoder: RowEncoder | None = None
    is_spooled: bool = field(default=False)
    #: Whether its statement was prepared just now, for it alone.
    is_fresh: bool = False

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

    def begin(self, rows: Rows, style: Style) -> None:
        """Its statement was executed: these are its rows."""
        self.rows = rows
        self._batches = rows.batches()
        self._encoder = RowEncoder([column.type for column in self.columns], self.column_formats, style=style)

    def send(self, output: Output, *, limit: int) -> int:
        """Write rows, all of them if `limit` is 0; how many. Afterwards `is_done` says whether there are more."""
        sent = 0
        while not limit or sent < limit:
            batch = self._next()
            if batch is None:
                self.close()
                break
            if limit and batch.num_rows > limit - sent:
                self._rest = batch.slice(limit - sent)
                batch = batch.slice(0, limit - sent)
            self._encode(batch, output)
            sent += batch.num_rows
        return sent

    def spool(self) -> None:
        """Read what is left now: the connection goes on to something else, which would end the stream."""
        if self.rows is None or self.is_done or self.is_spooled or self._batches is None:
            return
        self.is_spooled = True
        self._batches = spooled(self._batches)

    def close(self) -> None:
        self.is_done = True
        self._rest = None
        if self.rows is not None:
            self.rows.close()

    def _next(self) -> pa.RecordBatch | None:
        rest, self._rest = self._rest, None
        if rest is not None:
            return rest
        assert self._batches is not None  # noqa: S101 - begun
        return next(self._batches, None)

    def _encode(self, batch: pa.RecordBatch, output: Output) -> None:
        assert self._encoder is not None  # noqa: S101 - begun
        if not self.columns:
            for _ in range(batch.num_rows):
                output.write(data_row([]))
            return
        try:
            for stream in self._encoder.data_rows(batch):
                output.write(stream.data)
        except WireValueError as error:
            raise SqlFault(error.sqlstate, error.message) from error


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


def spooled(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """All of them read, and given out again from memory, or from a file where they are many."""
    kept: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        kept.append(batch)
        size += batch.nbytes
        if size > _SPOOL_BYTES:
            return _from_file(kept, batches)
    return iter(kept)


def _from_file(kept: list[pa.RecordBatch], rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the reader below is done or forgotten
    with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), kept[0].schema) as writer:
        for batch in kept:
            writer.write_batch(batch)
        for batch in rest:
            writer.write_batch(batch)
    file.seek(0)

    def read() -> Iterator[pa.RecordBatch]:
        with file, pa.ipc.open_stream(file) as reader:
            yield from reader

    return read()

"""Results: their columns, and their rows as Arrow batches that are made while the query runs."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator
from ctypes import byref, c_void_p
from dataclasses import dataclass
from typing import Self

import pyarrow as pa

from storage.engine.native.arrow import ArrowReader
from storage.engine.native.connection import NativeConnection, result_error
from storage.engine.native.errors import ErrorKind, NativeError
from storage.engine.native.library import Result, library, text_of
from storage.engine.native.types import destroy_type, type_text

#: Chunks of 2048 rows are joined up to these, unless the query is slow to give more.
_BATCH_ROWS = 16_384
_BATCH_BYTES = 2_000_000
_JOIN_SECONDS = 0.02

#: BOOLEAN to DOUBLE, TIMESTAMP to HUGEINT, VARCHAR and BLOB: one type and one Arrow form for each number.
_PLAIN_TYPES = frozenset({*range(1, 19)})

_CHANGED_ROWS = 1
_QUERY_RESULT = 3


@dataclass(frozen=True)
class Column:
    """A column of a statement or result; `type` as `typeof` spells it."""

    name: str
    type: str


#: What DuckDB answers to a statement that changes rows and returns none.
COUNT_COLUMN = Column("Count", "BIGINT")


class Shape:
    """Columns of a prepared statement and the reader for them, kept from one execution to the next.

    Only of types that their number says all about: a statement that DuckDB has bound anew may have others.
    """

    __slots__ = ("columns", "reader", "readers_in_use", "type_numbers")

    def __init__(self) -> None:
        self.columns: tuple[Column, ...] = ()
        self.type_numbers: tuple[int, ...] = ()
        self.reader: ArrowReader | None = None
        self.readers_in_use = 0

    def close(self) -> None:
        """Before its connection is closed; safe to call twice. A result that still reads closes the reader itself."""
        reader, self.reader = self.reader, None
        if reader is not None and not self.readers_in_use:
            reader.close()


class NativeResult:
    """What a statement gave. The first rows are there or the statement is done; further rows come while it runs.

    Close it when not all rows are read: until then the query stands, with its snapshot and its memory.
    """

    def __init__(self, connection: NativeConnection, result: Result, sql: str, shape: Shape) -> None:
        """Made by Prepared.execute; `result` becomes its own."""
        self._shape = shape
        self._connection = connection
        self._result = result
        self._sql = sql
        self._superseded = self._at_end = self._is_shared = False
        #: Called when another statement of the connection is about to end it: the last chance to read what is left.
        self.before_end: Callable[[], None] | None = None
        self._reader: ArrowReader | None = None
        self._finalizer = weakref.finalize(self, library.destroy_result, byref(result))
        self._is_streaming = bool(library.result_is_streaming(result))
        #: Whether the rows are for the user, not the engine's report of what it did.
        self.returns_rows = library.result_return_type(result) == _QUERY_RESULT
        self.columns = self._read_columns()
        #: How many rows a statement changed or CREATE TABLE AS wrote that tells only that; None for any other.
        self.rows_changed = self._read_rows_changed()
        connection.adopt(self)
        if self._is_streaming:
            connection.begin_stream(self)

    @property
    def schema(self) -> pa.Schema:
        """The schema of all batches. Raises NativeError for a type that has no Arrow form."""
        with self._connection.in_use():
            return self._arrow().schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows that were not read yet. The first chunk is given out at once, later ones joined.

        Raises NativeError when the query fails, is interrupted, or was ended by another statement of the connection.
        """
        batch = self._next_chunk()
        while batch is not None:
            yield batch
            batch = self._next_joined()

    def close(self) -> None:
        """End the query if it still runs; safe to call twice. A closed result has no further rows."""
        with self._connection.in_use_to_close():
            if self._free() and self._is_streaming and not self._at_end:
                self._connection.drop_active_query()

    def supersede(self) -> None:
        """End it because its connection goes on to something else: reading further is an error. For this package."""
        rescue, self.before_end = self.before_end, None
        if rescue is not None and not self._at_end and self._finalizer.alive:
            rescue()
        self._superseded = not self._at_end and self._finalizer.alive
        self._free()

    def _free(self) -> bool:
        """Whether there was something to free."""
        self.before_end = None
        if not self._finalizer.alive:
            return False
        if self._reader is not None:
            if self._reader is not self._shape.reader:
                self._reader.close()
            if self._is_shared:
                self._shape.readers_in_use -= 1
        self._finalizer()
        return True

    def _next_joined(self) -> pa.RecordBatch | None:
        deadline = time.monotonic() + _JOIN_SECONDS
        chunks: list[pa.RecordBatch] = []
        row_count = size_bytes = 0
        while row_count < _BATCH_ROWS and size_bytes < _BATCH_BYTES and (not chunks or time.monotonic() < deadline):
            chunk = self._next_chunk()
            if chunk is None:
                break
            chunks.append(chunk)
            row_count += chunk.num_rows
            size_bytes += chunk.nbytes
        if len(chunks) < 2:
            return chunks[0] if chunks else None
        return pa.concat_batches(chunks)

    def _next_chunk(self) -> pa.RecordBatch | None:
        with self._connection.in_use():
            if self._superseded:
                raise NativeError(ErrorKind.INVALID_INPUT, "Another statement of this connection ended this result.")
            if self._at_end or not self._finalizer.alive:
                return None
            address = library.fetch_chunk(self._result)
            if not address:
                self._end()
                return None
            chunk = c_void_p(address)
            try:
                return self._arrow().read(address)
            finally:
                library.destroy_data_chunk(byref(chunk))

    def _end(self) -> None:
        """After the last chunk, or instead of one: DuckDB gives no chunk for an error either."""
        self._at_end = True
        if library.result_error(byref(self._result)):
            raise result_error(self._result, self._sql)

    def _arrow(self) -> ArrowReader:
        if self._reader is None:
            if not self._finalizer.alive:
                raise NativeError(ErrorKind.INVALID_INPUT, "The result is closed.")
            if self.columns is self._shape.columns and self._shape.reader is not None:
                self._reader, self._is_shared = self._shape.reader, True
                self._shape.readers_in_use += 1
                return self._reader
            types = [library.column_logical_type(byref(self._result), index) for index in range(len(self.columns))]
            try:
                options = library.result_get_arrow_options(byref(self._result))
                self._reader = ArrowReader(options, [column.name for column in self.columns], types)
            finally:
                for handle in types:
                    destroy_type(handle)
            if self.columns is self._shape.columns:
                self._shape.reader, self._is_shared = self._reader, True
                self._shape.readers_in_use += 1
        return self._reader

    def _read_rows_changed(self) -> int | None:
        # The C function takes any result for a materialized one.
        if self._is_streaming or self.returns_rows:
            return None
        if library.result_return_type(self._result) == _CHANGED_ROWS:
            return int(library.rows_changed(byref(self._result)))
        # CREATE TABLE AS says that it returns nothing, and then gives a count.
        if self.columns != (COUNT_COLUMN,):
            return None
        count = self._next_chunk()
        return None if count is None else int(count.column(0)[0].as_py())

    def _read_columns(self) -> tuple[Column, ...]:
        result = byref(self._result)
        numbers = tuple(library.column_type(result, index) for index in range(library.column_count(result)))
        shape = self._shape
        if numbers == shape.type_numbers and shape.columns:
            return shape.columns
        shape.close()
        columns = self._all_columns(len(numbers))
        is_plain = _PLAIN_TYPES.issuperset(numbers)
        shape.type_numbers, shape.columns = (numbers, columns) if is_plain else ((), ())
        return columns

    def _all_columns(self, count: int) -> tuple[Column, ...]:
        columns = []
        for index in range(count):
            handle = library.column_logical_type(byref(self._result), index)
            try:
                columns.append(Column(text_of(library.column_name(byref(self._result), index)), type_text(handle)))
            finally:
                destroy_type(handle)
        return tuple(columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

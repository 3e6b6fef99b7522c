"""COPY FROM in binary: bytes as they come in, batches of rows out."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from workspaces.pgwire.values.copy_binary_columns import FieldBytes, read_fields
from workspaces.pgwire.values.copy_errors import BAD_FORMAT, CopyDataError
from workspaces.pgwire.values.copy_lines import BLOCK_BYTES, MAX_ROW_BYTES
from workspaces.pgwire.values.copy_targets import BadValue, TargetColumn
from workspaces.pgwire.values.copy_walk import PADDING, Fields, find_fields

_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0"
_HEADER: Final = struct.Struct(">11sii")
#: Flags that a reader has to understand.
_CRITICAL_FLAGS: Final = 0xFFFF0000


class BinaryReader:
    """Of one COPY. `feed` it all bytes, then `finish`; both give batches with columns c0, c1 and so on."""

    def __init__(self, columns: Sequence[TargetColumn], *, block_bytes: int = BLOCK_BYTES) -> None:
        self._columns = tuple(columns)
        self._names = [f"c{index}" for index in range(len(self._columns))]
        self._block_bytes = self._wanted = block_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._header_bytes: int | None = None
        self._is_ended = False
        #: Rows of the blocks before this one.
        self.line = 0
        self.lines = 0

    def feed(self, data: bytes) -> Iterator[pa.RecordBatch]:
        """Raises CopyDataError."""
        self._parts.append(data)
        self._size += len(data)
        if self._size >= self._wanted:
            yield from self._read_block()

    def finish(self) -> Iterator[pa.RecordBatch]:
        """What is left; as PostgreSQL, this does without the trailer. Raises CopyDataError."""
        yield from self._read_block()
        if self._header_bytes is None:
            raise CopyDataError(BAD_FORMAT, "COPY file signature not recognized")
        if self._size and not self._is_ended:
            raise CopyDataError(BAD_FORMAT, "unexpected EOF in COPY data", place=f"line {self.line + 1}")

    def _read_block(self) -> Iterator[pa.RecordBatch]:
        data = b"".join([*self._parts, PADDING])
        start = self._skip_header(data)
        if start is None:
            return
        if self._is_ended:
            raise CopyDataError(BAD_FORMAT, "received copy data after EOF marker")
        fields = find_fields(data, start, count=len(self._columns), first_row=self.line + 1)
        self._is_ended = fields.is_ended
        rest = data[fields.end + (2 if fields.is_ended else 0) : -len(PADDING)]
        if self._is_ended and rest:
            raise CopyDataError(BAD_FORMAT, "received copy data after EOF marker", place=f"line {self.line + 1}")
        self._parts, self._size = [rest] if rest else [], len(rest)
        self._wanted = max(self._block_bytes, 2 * len(rest))
        if len(rest) > MAX_ROW_BYTES:
            raise CopyDataError("54000", f"a row of more than {MAX_ROW_BYTES} bytes", place=f"line {self.line + 1}")
        if len(fields):
            self.lines = len(fields)
            yield self._batch(np.frombuffer(data, np.uint8), fields)
            self.line += len(fields)

    def _skip_header(self, data: bytes) -> int | None:
        """Where rows begin; None while the header has not all arrived."""
        if self._header_bytes is not None:
            return 0 if self._size else None
        if self._size < _HEADER.size:
            return None
        signature, flags, extension = _HEADER.unpack_from(data)
        if signature != _SIGNATURE:
            raise CopyDataError(BAD_FORMAT, "COPY file signature not recognized")
        if flags & _CRITICAL_FLAGS:
            raise CopyDataError(BAD_FORMAT, "unrecognized critical flags in COPY file header")
        if extension < 0:
            raise CopyDataError(BAD_FORMAT, "invalid COPY file header (missing length)")
        if self._size < _HEADER.size + extension:
            return None
        self._header_bytes = _HEADER.size + extension
        return self._header_bytes

    def _batch(self, data: np.ndarray, fields: Fields) -> pa.RecordBatch:
        arrays, failures = [], []
        for index, column in enumerate(self._columns):
            starts, lengths = fields.starts[index], fields.lengths[index]
            try:
                arrays.append(read_fields(column, FieldBytes(data, starts, lengths)))
            except BadValue as bad:
                failures.append((bad.index, index, bad))
        if failures:
            row, index, bad = min(failures, key=lambda each: each[:2])
            place = f"line {self.line + 1 + row}, column {self._columns[index].name}"
            raise CopyDataError(bad.error.sqlstate, bad.error.message, place=place) from bad
        return pa.RecordBatch.from_arrays(arrays, names=self._names)

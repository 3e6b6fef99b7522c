"""Encoded columns joined to the stream of a result: `DataRow` messages and the rows of a binary COPY."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.messages.backend import data_row
from workspaces.pgwire.values.arrow_bytes import big_endian, data_of, from_matrix, lengths_of, offsets_of
from workspaces.pgwire.values.encode import Encoded, Style, encode_column
from workspaces.pgwire.values.errors import TOO_LARGE, WireValueError
from workspaces.pgwire.values.types import TEXT_FORMAT, PostgresType

#: Rows and bytes that are encoded at a time: small enough to stay in the processor's caches.
CHUNK_ROWS = 16_384
CHUNK_BYTES = 32 << 20
#: PostgreSQL's own limit of one message.
MAX_MESSAGE_BYTES = 0x3FFF_FFFF
#: Fewer rows than this cost less one by one than by kernels, each of which takes some microseconds.
_FEW_ROWS = 8
#: What `encode_column` makes plain digits of, whatever type was wanted.
_INTEGERS = frozenset(
    kind.id
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
)
_NOTHING = pa.scalar(b"", pa.binary())
_DATA_ROW = ord("D")


@dataclass(frozen=True, slots=True)
class RowStream:
    """Rows as they go over the wire, back to back, and where each begins; the last offset is the length of it all."""

    data: memoryview
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1


class RowEncoder:
    """Turns record batches of one result into rows; holds no state but the columns' types, formats and style."""

    def __init__(self, types: Sequence[PostgresType], formats: Sequence[int], *, style: Style | None = None) -> None:
        self._columns = tuple(zip(types, formats, strict=True))
        self._style = style or Style()

    def data_rows(self, batch: pa.RecordBatch) -> Iterator[RowStream]:
        """The DataRow messages of a batch, in chunks. Raises WireValueError for a value that cannot travel."""
        for chunk in chunks(batch):
            yield data_rows(self.columns(chunk), chunk.num_rows)

    def messages(self, batch: pa.RecordBatch) -> list[bytes | memoryview]:
        """The bytes of `data_rows`. Raises WireValueError."""
        if 0 < batch.num_rows <= _FEW_ROWS and self._columns:
            return [_few_rows([self._few_values(index, array) for index, array in enumerate(batch.columns)])]
        return [stream.data for stream in self.data_rows(batch)]

    def copy_rows(self, batch: pa.RecordBatch) -> Iterator[RowStream]:
        """The rows of a binary COPY, without its header and trailer."""
        for chunk in chunks(batch):
            yield field_rows(self.columns(chunk), chunk.num_rows, head=b"")

    def _few_values(self, index: int, array: pa.Array) -> list[bytes | None]:
        wanted, format_code = self._columns[index]
        if format_code == TEXT_FORMAT and array.type.id in _INTEGERS:
            return [None if number is None else b"%d" % number for number in array.to_pylist()]
        return _values(encode_column(array, wanted, format_code, self._style))

    def columns(self, batch: pa.RecordBatch) -> list[Encoded]:
        """The columns of a batch, encoded one by one."""
        return [
            encode_column(array, wanted, format_code, self._style)
            for array, (wanted, format_code) in zip(batch.columns, self._columns, strict=True)
        ]


def chunks(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in slices that are quick to encode and that no 32-bit offset is too small for."""
    rows = batch.num_rows
    if rows == 0:
        return
    step = min(CHUNK_ROWS, rows)
    if batch.nbytes > CHUNK_BYTES:
        step = max(1, min(step, rows * CHUNK_BYTES // batch.nbytes))
    if step == rows:
        yield batch
        return
    for start in range(0, rows, step):
        yield from _halved(batch.slice(start, step))


def _halved(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Slices of a batch whose large values are not spread evenly."""
    if batch.num_rows == 1 or batch.nbytes <= 4 * CHUNK_BYTES:
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halved(batch.slice(0, middle))
    yield from _halved(batch.slice(middle))


def _few_rows(columns: Sequence[list[bytes | None]]) -> bytes:
    rows = [data_row(values) for values in zip(*columns, strict=True)]
    if max(map(len, rows)) > MAX_MESSAGE_BYTES:
        raise WireValueError(TOO_LARGE, f"row exceeds the limit of {MAX_MESSAGE_BYTES} bytes")
    return b"".join(rows)


def _values(column: Encoded) -> list[bytes | None]:
    values: list[bytes | None] = (
        [row.tobytes() for row in column] if isinstance(column, np.ndarray) else column.to_pylist()
    )
    return values


def data_rows(columns: Sequence[Encoded], rows: int) -> RowStream:
    """One DataRow message per row."""
    return field_rows(columns, rows, head=b"D\0\0\0\0")


def field_rows(columns: Sequence[Encoded], rows: int, *, head: bytes) -> RowStream:
    """Rows of an optional message head, the number of fields and each field with its length.

    The result of joining the pieces element by element is the wire stream already: no row is touched in Python.
    """
    lengths = [_lengths(column) for column in columns]
    totals = np.full(rows, len(head) + 2, np.int64)
    for each in lengths:
        totals += np.maximum(each, 0) + 4
    if rows and int(totals.max()) > MAX_MESSAGE_BYTES:
        raise WireValueError(TOO_LARGE, f"row of {int(totals.max())} bytes exceeds the limit of {MAX_MESSAGE_BYTES}")
    pieces = _Pieces()
    pieces.add_fixed(_headings(head + len(columns).to_bytes(2, "big"), totals))
    for column, each in zip(columns, lengths, strict=True):
        pieces.add_fixed(big_endian(np.broadcast_to(each, rows), ">i4"))
        pieces.add_value(column)
    return pieces.joined()


def _lengths(column: Encoded) -> np.ndarray:
    """Bytes of each value, -1 for NULL; one number where all are the same."""
    return np.array(column.shape[1]) if isinstance(column, np.ndarray) else lengths_of(column)


def _headings(head: bytes, totals: np.ndarray) -> np.ndarray:
    headings = np.empty((len(totals), len(head)), np.uint8)
    headings[:] = np.frombuffer(head, np.uint8)
    if head[0] == _DATA_ROW:
        # The length of a message counts itself, not the type before it.
        headings[:, 1:5] = big_endian(totals - 1, ">i4")
    return headings


class _Pieces:
    """What a row is made of, in order; neighbours of fixed width are kept as one matrix."""

    def __init__(self) -> None:
        self._pending: list[np.ndarray] = []
        self._joined: list[pa.Array] = []

    def add_fixed(self, matrix: np.ndarray) -> None:
        self._pending.append(matrix)

    def add_value(self, column: Encoded) -> None:
        if isinstance(column, np.ndarray):
            self._pending.append(column)
            return
        self._flush()
        self._joined.append(column)

    def joined(self) -> RowStream:
        self._flush()
        stream = self._joined[0]
        if len(self._joined) > 1:
            stream = pc.binary_join_element_wise(*self._joined, _NOTHING, null_handling="replace", null_replacement=b"")
        offsets = offsets_of(stream)
        return RowStream(memoryview(data_of(stream))[: int(offsets[-1])], offsets)

    def _flush(self) -> None:
        if self._pending:
            whole = self._pending[0] if len(self._pending) == 1 else np.concatenate(self._pending, axis=1)
            self._joined.append(from_matrix(whole))
            self._pending = []

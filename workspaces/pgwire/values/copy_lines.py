"""COPY FROM in text and CSV: bytes as they come in, batches of rows out, a block of whole lines at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from workspaces.pgwire.values.copy_errors import BAD_FORMAT, CopyDataError, line_place, value_place
from workspaces.pgwire.values.copy_exact import Record, Scan, records
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.pgwire.values.copy_splitting import is_plain, line_end_of, whole_rows_end
from workspaces.pgwire.values.copy_targets import BadValue, TargetColumn
from workspaces.pgwire.values.copy_unescape import unescaped_column
from workspaces.pgwire.values.decode_text import utf8
from workspaces.pgwire.values.errors import WireValueError

#: What is read at a time: enough for Arrow to be fast, few enough bytes to keep many clients in memory.
BLOCK_BYTES: Final = 4 << 20
#: No row is longer; a quote that is never closed ends here and not when the memory does.
MAX_ROW_BYTES: Final = 256 << 20
_TRUE = ["t", "true", "T", "TRUE", "True", "1", "y", "yes", "on"]
_FALSE = ["f", "false", "F", "FALSE", "False", "0", "n", "no", "off"]


class LineReader:
    """Of one COPY. `feed` it all bytes, then `finish`; both give batches with columns c0, c1 and so on."""

    def __init__(self, columns: Sequence[TargetColumn], form: CopyFormat, *, block_bytes: int = BLOCK_BYTES) -> None:
        """Names of `form` are resolved: `force_null` and `force_not_null` hold names of `columns`."""
        self._columns = tuple(columns)
        self._form = form
        self._block_bytes = self._wanted = block_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._eol: bytes | None = None
        self._awaits_header = form.header
        self._is_ended = False
        #: Lines of the blocks before this one.
        self.line = 0
        #: Lines of the batch that was given out last.
        self.lines = 0
        self._names = [f"c{index}" for index in range(len(self._columns))]
        self._types = [_first_type(column, form) for column in self._columns]

    def feed(self, data: bytes) -> Iterator[pa.RecordBatch]:
        """Raises CopyDataError."""
        if self._is_ended:
            return
        self._parts.append(data)
        self._size += len(data)
        if self._size >= self._wanted:
            yield from self._read_block(is_last=False)

    def finish(self) -> Iterator[pa.RecordBatch]:
        """What is left; the last line needs no end. Raises CopyDataError."""
        if self._size and not self._is_ended:
            yield from self._read_block(is_last=True)

    def _read_block(self, *, is_last: bool) -> Iterator[pa.RecordBatch]:
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._eol = self._eol or line_end_of(data, self._form, is_last=is_last)
        end = len(data) if is_last else 0 if self._eol is None else whole_rows_end(data, self._form, self._eol)
        rest = data[end:]
        self._parts, self._size = [rest], len(rest)
        # A row that is longer than a block is looked at again only when twice as much is there.
        self._wanted = max(self._block_bytes, 2 * len(rest))
        if len(rest) > MAX_ROW_BYTES:
            raise CopyDataError("54000", f"a row of more than {MAX_ROW_BYTES} bytes", place=f"line {self.line + 1}")
        if end:
            yield from self._read_rows(data[:end] if rest else data)

    def _read_rows(self, data: bytes) -> Iterator[pa.RecordBatch]:
        if self._awaits_header:
            data = self._without_header(data)
        if not data:
            return
        batch = self._read_fast(data)
        if batch is None:
            batch = self._read_exactly(data)
        self.lines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == (self._eol or b"\n")[-1]))
        if batch.num_rows:
            yield batch
        self.line += self.lines

    def _read_fast(self, data: bytes) -> pa.RecordBatch | None:
        """The rows as Arrow splits them; None where that is not PostgreSQL's way, or something is wrong."""
        if not is_plain(data, self._form, self._eol or b"\n"):
            return None
        try:
            table = self._split(data, self._types)
            columns = [self._finished(column, table.column(index)) for index, column in enumerate(self._columns)]
        except (pa.ArrowInvalid, BadValue):
            return self._read_as_text(data)
        return pa.RecordBatch.from_arrays(columns, names=self._names)

    def _read_as_text(self, data: bytes) -> pa.RecordBatch | None:
        """The same with all values as text first, for those that only the readers of single columns know."""
        try:
            table = self._split(data, [pa.string()] * len(self._columns))
            columns = [self._finished(column, table.column(index)) for index, column in enumerate(self._columns)]
        except (pa.ArrowInvalid, BadValue):
            return None
        for index, array in enumerate(columns):
            if array.type != self._columns[index].fast_type:
                self._types[index] = pa.string()
        return pa.RecordBatch.from_arrays(columns, names=self._names)

    def _split(self, data: bytes, types: Sequence[pa.DataType]) -> pa.Table:
        form, is_csv = self._form, self._form.kind is CopyKind.CSV
        return pcsv.read_csv(
            pa.BufferReader(data),
            read_options=pcsv.ReadOptions(column_names=self._names, block_size=len(data) + 1),
            parse_options=pcsv.ParseOptions(
                delimiter=form.delimiter,
                quote_char=form.quote if is_csv else False,
                double_quote=is_csv,
                escape_char=False,
                newlines_in_values=is_csv,
                ignore_empty_lines=False,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types=dict(zip(self._names, types, strict=True)),
                null_values=[form.null],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=_TRUE,
                false_values=_FALSE,
            ),
        )

    def _finished(self, column: TargetColumn, found: pa.ChunkedArray) -> pa.Array:
        """A column as Arrow has split it, as its values. Raises BadValue, ArrowInvalid."""
        array = found.combine_chunks() if found.num_chunks != 1 else found.chunk(0)
        if not pa.types.is_string(array.type):
            return column.checked(array)
        return column.read(self._texts(column, array))

    def _texts(self, column: TargetColumn, array: pa.Array) -> pa.Array:
        form = self._form
        if form.kind is CopyKind.TEXT:
            return unescaped_column(array)
        if column.name in form.force_not_null:
            array = pc.fill_null(array, form.null)
        if column.name in form.force_null:
            array = pc.if_else(pc.equal(array, form.null), pa.scalar(None, pa.string()), array)
        return array

    def _read_exactly(self, data: bytes) -> pa.RecordBatch:
        """Row by row. Raises CopyDataError for the first row with something wrong, and its first column."""
        scan = Scan(data, self._eol or b"\n", self.line)
        rows: list[Record] = []
        failure: CopyDataError | None = None
        try:
            for record in records(scan, self._form):
                self._check_width(record)
                rows.append(record)
        except CopyDataError as error:
            failure = error
        self._is_ended = scan.is_ended
        batch = self._columns_of(rows)
        if failure is not None:
            raise failure
        return batch

    def _check_width(self, record: Record) -> None:
        wanted, place = len(self._columns), line_place(record.line, record.raw.decode(errors="replace"))
        if len(record.fields) > wanted:
            raise CopyDataError(BAD_FORMAT, "extra data after last expected column", place=place)
        if len(record.fields) < wanted:
            missing = self._columns[len(record.fields)].name
            raise CopyDataError(BAD_FORMAT, f'missing data for column "{missing}"', place=place)

    def _columns_of(self, rows: Sequence[Record]) -> pa.RecordBatch:
        texts = [self._decoded(record) for record in rows]
        arrays, failures = [], []
        for index, column in enumerate(self._columns):
            values = pa.array([fields[index] for fields in texts], pa.string())
            if self._form.kind is CopyKind.CSV:
                values = self._texts(column, values)
            try:
                arrays.append(column.read(values))
            except BadValue as bad:
                failures.append((bad.index, index, bad, values[bad.index].as_py()))
        if failures:
            at, index, bad, text = min(failures, key=lambda each: each[:2])
            place = value_place(rows[at].line, self._columns[index].name, text)
            raise CopyDataError(bad.error.sqlstate, bad.error.message, place=place) from bad
        return pa.RecordBatch.from_arrays(arrays, names=self._names)

    def _decoded(self, record: Record) -> list[str | None]:
        try:
            return [None if field is None else utf8(field) for field in record.fields]
        except WireValueError as error:
            raise CopyDataError(error.sqlstate, error.message, place=f"line {record.line}") from error

    def _without_header(self, data: bytes) -> bytes:
        """The rows behind the first line, whose names have to be right if that was asked for."""
        self._awaits_header = False
        scan = Scan(data, self._eol or b"\n", self.line)
        header = next(records(scan, self._form), None)
        if header is None:
            self._is_ended = scan.is_ended
            return b"" if scan.is_ended else data
        self.line = header.line
        if self._form.header_must_match:
            self._check_names(header)
        return data[scan.position :]

    def _check_names(self, header: Record) -> None:
        place = line_place(header.line, header.raw.decode(errors="replace"))
        found = self._decoded(header)
        if len(found) != len(self._columns):
            words = f"wrong number of fields in header line: got {len(found)}, expected {len(self._columns)}"
            raise CopyDataError(BAD_FORMAT, words, place=place)
        for number, (name, column) in enumerate(zip(found, self._columns, strict=True), start=1):
            if name != column.name:
                got = f'null value ("{self._form.null}")' if name is None else f'"{name}"'
                words = f'column name mismatch in header line field {number}: got {got}, expected "{column.name}"'
                raise CopyDataError(BAD_FORMAT, words, place=place)


def _first_type(column: TargetColumn, form: CopyFormat) -> pa.DataType:
    """What Arrow reads the column as at first: what the options say of its text has to be done with text."""
    return pa.string() if column.name in form.force_not_null + form.force_null else column.fast_type

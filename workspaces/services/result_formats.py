"""Rows of a query as the bytes of an answer or a file, batch by batch, in memory that does not grow."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from storage.engine.json_rows import json_rows
from storage.engine.text_rows import text_rows
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_rows import CopyCsv, CopyEncoder
from workspaces.pgwire.values.errors import WireValueError
from workspaces.services.prepare_sql import ResultColumn
from workspaces.services.run_query import Column
from workspaces.sql_errors import UnwritableResult

_ROW_GROUP_ROWS: Final = 122_880
_NAMES: Final = b"names"


class ResultFormat(Protocol):
    """`batch` for each batch in order, `end` once; the bytes of all make the document."""

    def batch(self, batch: pa.RecordBatch) -> bytes: ...

    def end(self, *, row_count: int, truncated: bool) -> bytes: ...


class JsonResult:
    """One object: `columns` and `rows` first, what is known at the end behind them."""

    def __init__(self, shown: Sequence[ResultColumn], columns: Sequence[Column], *, is_encoded: bool) -> None:
        """`columns` are those of the query; `is_encoded` says that each row arrives as one JSON text."""
        self._types = [column.type for column in columns]
        self._is_encoded = is_encoded
        self._started = time.monotonic()
        described = [
            {"name": each.name, "type": each.type.name, "duckdb_type": column.type}
            for each, column in zip(shown, columns, strict=True)
        ]
        self._lead = f'{{"columns":{json.dumps(described, ensure_ascii=False)},"rows":['
        self.command: str = ""
        self.changed: int | None = None

    def batch(self, batch: pa.RecordBatch) -> bytes:
        if not batch.num_rows:
            return b""
        texts = batch.column(0).to_pylist() if self._is_encoded else json_rows(batch, self._types)
        lead, self._lead = self._lead, ","
        return (lead + ",".join(texts)).encode(errors="replace")

    def end(self, *, row_count: int, truncated: bool) -> bytes:
        lead = self._lead if self._lead != "," else ""
        facts = {
            "row_count": row_count,
            "truncated": truncated,
            "command": self.command,
            "rows_changed": self.changed,
            "elapsed_seconds": round(time.monotonic() - self._started, 6),
        }
        return f"{lead}],{json.dumps(facts)[1:]}".encode()


class CsvResult:
    """A header, then rows as COPY writes them: NULL is nothing, an empty text is `""`."""

    def __init__(self, shown: Sequence[ResultColumn]) -> None:
        self._encoder = CopyEncoder([each.type for each in shown], CopyCsv(header=True))
        self._lead = self._encoder.start([each.name for each in shown]) if shown else b""

    def batch(self, batch: pa.RecordBatch) -> bytes:
        lead, self._lead = self._lead, b""
        try:
            return b"".join([lead, *(bytes(stream.data) for stream in self._encoder.rows(batch))])
        except WireValueError as error:
            raise SqlFault(error.sqlstate, error.message) from error

    def end(self, *, row_count: int, truncated: bool) -> bytes:
        return self._lead


class ArrowResult:
    """An IPC stream with DuckDB's own types."""

    def __init__(self, shown: Sequence[ResultColumn], schema: pa.Schema) -> None:
        self._schema = _renamed(schema, shown)
        self._buffer = io.BytesIO()
        self._writer = pa.ipc.new_stream(self._buffer, self._schema)

    def batch(self, batch: pa.RecordBatch) -> bytes:
        self._writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
        return self._taken()

    def end(self, *, row_count: int, truncated: bool) -> bytes:
        self._writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        found = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return found


class TextResult:
    """An IPC stream of texts, under the engine's own names of the columns; `text_rows_of` reads it."""

    def __init__(self, columns: Sequence[Column], *, is_encoded: bool) -> None:
        """`is_encoded` says that the rows arrive as texts already."""
        self._types = [column.type for column in columns]
        self._is_encoded = is_encoded
        # By number: the names may occur twice.
        fields = [pa.field(str(number), pa.string()) for number in range(len(columns))]
        self._schema = pa.schema(fields, metadata={_NAMES: json.dumps([column.name for column in columns])})
        self._buffer = io.BytesIO()
        self._writer = pa.ipc.new_stream(self._buffer, self._schema)

    def batch(self, batch: pa.RecordBatch) -> bytes:
        if batch.num_rows:
            texts = batch if self._is_encoded else text_rows(batch, self._types)
            self._writer.write_batch(pa.RecordBatch.from_arrays(texts.columns, schema=self._schema))
        return self._taken()

    def end(self, *, row_count: int, truncated: bool) -> bytes:
        self._writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        found = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return found


def text_rows_of(document: bytes) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    """The names of the columns and the rows of a TextResult."""
    reader = pa.ipc.open_stream(document)
    names = json.loads((reader.schema.metadata or {})[_NAMES])
    return names, (
        row for batch in reader for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )


class ParquetResult:
    """A Parquet file, compressed with zstd."""

    def __init__(self, shown: Sequence[ResultColumn], schema: pa.Schema) -> None:
        self._schema = _renamed(schema, shown)
        self._buffer = _Drained()
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0
        self._writer = self._written(
            lambda: pq.ParquetWriter(pa.PythonFile(self._buffer, mode="w"), self._schema, compression="zstd")
        )

    def batch(self, batch: pa.RecordBatch) -> bytes:
        self._waiting.append(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
        self._rows += batch.num_rows
        if self._rows >= _ROW_GROUP_ROWS:
            self._write()
        return self._buffer.taken()

    def end(self, *, row_count: int, truncated: bool) -> bytes:
        self._write()
        self._writer.close()
        return self._buffer.taken()

    def _write(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting)
            self._written(lambda: self._writer.write_table(table))
        self._waiting, self._rows = [], 0

    def _written(self, write: Callable[[], Any]) -> Any:
        try:
            return write()
        except pa.ArrowException as error:
            raise UnwritableResult("parquet", str(error).splitlines()[0][:200]) from error


class _Drained(io.RawIOBase):
    """A file whose bytes are taken away while it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._position += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._position

    def taken(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def _renamed(schema: pa.Schema, shown: Sequence[ResultColumn]) -> pa.Schema:
    return pa.schema(
        [field.with_name(each.name) for field, each in zip(schema, shown, strict=True)], metadata=schema.metadata
    )

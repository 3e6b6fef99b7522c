"""Arrow batches as the rows of an INSERT: the fastest way of rows into a table, in the connection's transaction."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from ctypes import addressof, byref, c_char_p, c_void_p
from typing import Self

import pyarrow as pa

from storage.engine.native.arrow import raise_error_data
from storage.engine.native.connection import NativeConnection, encoded_sql
from storage.engine.native.errors import ErrorKind, NativeError, native_error
from storage.engine.native.library import SUCCESS, ArrowArray, ArrowSchema, library, text_of
from storage.engine.native.types import destroy_type, make_type

#: DuckDB's vectors: a longer chunk cannot be appended.
_CHUNK_ROWS = 2048
#: Rows wait in memory up to this, and then go into the table together.
_FLUSH_BYTES = 16 << 20


class Appender:
    """Rows for one statement such as `INSERT INTO t SELECT a FROM source`, which runs once for many batches.

    Close it, without `flush` what was not written yet is forgotten. A batch has one column for each of `columns`, of
    the Arrow type that DuckDB gives for its type.
    """

    def __init__(self, connection: NativeConnection, sql: str, *, source: str, columns: Mapping[str, str]) -> None:
        """`columns` are names and types of `source`. Raises NativeError where the statement cannot be prepared."""
        self._connection = connection
        self._sql = sql
        self._schema: c_void_p | None = None
        self._waiting_bytes = 0
        self._handle = c_void_p()
        with connection.in_use():
            connection.end_stream()
            self._create(source, columns)
            self._finalizer = weakref.finalize(self, library.appender_destroy, byref(self._handle))
            connection.adopt(self)

    def append(self, batch: pa.RecordBatch) -> None:
        """Raises NativeError: of rows before these, too, as they are written together."""
        with self._connection.in_use() as connection:
            self._require_open()
            if self._schema is None:
                self._schema = _converted(connection, batch.schema)
            for start in range(0, batch.num_rows, _CHUNK_ROWS):
                self._append_chunk(connection, batch.slice(start, _CHUNK_ROWS))
            self._waiting_bytes += batch.nbytes
        if self._waiting_bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises NativeError."""
        with self._connection.in_use():
            self._require_open()
            self._waiting_bytes = 0
            self._check(library.appender_flush(self._handle))

    def close(self) -> None:
        """Safe to call twice."""
        with self._connection.in_use_to_close():
            if self._finalizer.alive:
                # Destroying would write what waits.
                library.appender_clear(self._handle)
                self._finalizer()
            if self._schema is not None:
                library.destroy_arrow_converted_schema(byref(self._schema))
                self._schema = None

    def _create(self, source: str, columns: Mapping[str, str]) -> None:
        types = [make_type(text) for text in columns.values()]
        try:
            if not all(types):
                raise NativeError(ErrorKind.NOT_IMPLEMENTED, "Rows of this type cannot be appended.")
            handles = (c_void_p * len(types))(*types)
            names = (c_char_p * len(types))(*(name.encode() for name in columns))
            with self._connection.in_use() as connection:
                state = library.appender_create_query(
                    connection, encoded_sql(self._sql), len(types), handles, source.encode(), names, byref(self._handle)
                )
            if state != SUCCESS:
                error = self._error()
                library.appender_destroy(byref(self._handle))
                raise error
        finally:
            for handle in types:
                destroy_type(handle)

    def _append_chunk(self, connection: c_void_p, rows: pa.RecordBatch) -> None:
        array, chunk = ArrowArray(), c_void_p()
        rows._export_to_c(addressof(array))
        try:
            # The chunk takes the array over.
            raise_error_data(library.data_chunk_from_arrow(connection, byref(array), self._schema, byref(chunk)))
        except NativeError:
            if array.release:
                pa.RecordBatch._import_from_c(addressof(array), rows.schema)
            raise
        try:
            self._check(library.append_data_chunk(self._handle, chunk))
        finally:
            library.destroy_data_chunk(byref(chunk))

    def _check(self, state: int) -> None:
        if state != SUCCESS:
            raise self._error()

    def _error(self) -> NativeError:
        data = library.appender_error_data(self._handle)
        try:
            text, number = text_of(library.error_data_message(data)), library.error_data_error_type(data)
            text = text.removeprefix("Failed to append: ") or "The engine gave no reason."
            return native_error(text, sql=self._sql, number=number)
        finally:
            library.destroy_error_data(byref(c_void_p(data)))

    def _require_open(self) -> None:
        if not self._finalizer.alive:
            raise NativeError(ErrorKind.INVALID_INPUT, "The appender is closed.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _converted(connection: c_void_p, schema: pa.Schema) -> c_void_p:
    exported, converted = ArrowSchema(), c_void_p()
    schema._export_to_c(addressof(exported))
    try:
        raise_error_data(library.schema_from_arrow(connection, byref(exported), byref(converted)))
    finally:
        # DuckDB has read it: let pyarrow free it.
        if exported.release:
            pa.Schema._import_from_c(addressof(exported))
    return converted

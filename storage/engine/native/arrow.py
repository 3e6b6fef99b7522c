"""Chunks of a result as Arrow record batches, over the C data interface.

With `arrow_lossless_conversion`, which `NativeDatabase` turns on, each DuckDB type arrives as:

| DuckDB | Arrow |
| --- | --- |
| BOOLEAN | bool (inside nested types arrow.bool8) |
| TINYINT ... BIGINT, UTINYINT ... UBIGINT, FLOAT, DOUBLE | the same |
| HUGEINT, UHUGEINT | decimal256(39, 0) (inside nested types arrow.opaque over 16 bytes, little endian) |
| BIGNUM | arrow.opaque over binary: DuckDB's own form, so cast it to VARCHAR in SQL |
| DECIMAL(p,s) | decimal128(p, s) |
| VARCHAR | string |
| JSON | arrow.json over string |
| ENUM | dictionary of strings, indices as small as fit |
| BLOB | binary |
| BIT | arrow.opaque over binary: a byte with the number of padding bits, then the bits, padding in front |
| UUID | arrow.uuid: 16 bytes |
| DATE | date32; infinity is 2**31 - 1, -infinity its negative |
| TIME, TIME_NS | time64[us], time64[ns] |
| TIME WITH TIME ZONE | arrow.opaque over 8 bytes: little endian, micros << 24 or (57599 - offset in seconds) |
| TIMESTAMP, _S, _MS, _NS | timestamp of unit us, s, ms, ns; infinity is 2**63 - 1, -infinity its negative |
| TIMESTAMP WITH TIME ZONE | timestamp[us, tz of the session] |
| INTERVAL | month_day_nano_interval (an interval over 292 years of microseconds does not fit: an error) |
| T[], T[n] | list, fixed_size_list |
| STRUCT, MAP, UNION | struct, map, sparse_union |
| GEOMETRY | geoarrow.wkb over binary |
| NULL | null |
| VARIANT and what is new | DuckDB refuses with Not implemented: cast it in SQL |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import addressof, byref, c_char_p, c_void_p
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from storage.engine.native.errors import ErrorKind, NativeError, native_error
from storage.engine.native.library import ArrowArray, ArrowSchema, library, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HUGE = pa.decimal256(39, 0)


class ArrowReader:
    """Turns the chunks of one result into batches. Close it before the connection of the result is closed."""

    def __init__(self, options: int, names: Sequence[str], types: Sequence[int]) -> None:
        """`options` becomes the reader's, the types stay the caller's."""
        self._options = c_void_p(options)
        self._raw_schema = self._read_schema(names, types)
        self._fixes = [_fix_for(field) for field in self._raw_schema]
        self.schema = self._plain_schema() if any(self._fixes) else self._raw_schema

    def read(self, chunk: int) -> pa.RecordBatch:
        """The rows of a data chunk, which stays the caller's; the batch has memory of its own."""
        array = ArrowArray()
        raise_error_data(library.data_chunk_to_arrow(self._options, chunk, byref(array)))
        # Importing moves the structure: pyarrow calls its release, and does so too when it refuses the data.
        batch = pa.RecordBatch._import_from_c(addressof(array), self._raw_schema)
        if not any(self._fixes):
            return batch
        columns = [
            column if fix is None else fix[1](column) for column, fix in zip(batch.columns, self._fixes, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def close(self) -> None:
        library.destroy_arrow_options(byref(self._options))

    def _plain_schema(self) -> pa.Schema:
        fields = zip(self._raw_schema, self._fixes, strict=True)
        return pa.schema(field if fix is None else field.with_type(fix[0]).remove_metadata() for field, fix in fields)

    def _read_schema(self, names: Sequence[str], types: Sequence[int]) -> pa.Schema:
        schema = ArrowSchema()
        encoded = (c_char_p * len(names))(*(name.encode() for name in names))
        handles = (c_void_p * len(types))(*types)
        try:
            raise_error_data(library.to_arrow_schema(self._options, handles, encoded, len(names), byref(schema)))
            return pa.Schema._import_from_c(addressof(schema))
        except pa.ArrowException as error:
            self.close()
            raise NativeError(ErrorKind.NOT_IMPLEMENTED, f"A type of this result has no Arrow form: {error}") from error
        except NativeError:
            self.close()
            raise


def raise_error_data(error_data: int | None) -> None:
    """Raise the error that DuckDB gave away, if it is one. For this package."""
    if not error_data:
        return
    text, number = text_of(library.error_data_message(error_data)), library.error_data_error_type(error_data)
    library.destroy_error_data(byref(c_void_p(error_data)))
    raise native_error(text, number=number)


def _fix_for(field: pa.Field) -> tuple[pa.DataType, Callable[[pa.ExtensionArray], pa.Array]] | None:
    """The plain type of a column that arrives as an extension type, with what turns it into that."""
    if isinstance(field.type, pa.Bool8Type):
        return pa.bool_(), _plain_bool
    if isinstance(field.type, pa.OpaqueType) and field.type.type_name in {"hugeint", "uhugeint"}:
        return _HUGE, _signed_huge if field.type.type_name == "hugeint" else _unsigned_huge
    return None


def _plain_bool(column: pa.ExtensionArray) -> pa.Array:
    return column.storage.cast(pa.bool_())


def _signed_huge(column: pa.ExtensionArray) -> pa.Array:
    words = _words(column)
    return _decimal256(column, words, words[:, 1] >> 63)


def _unsigned_huge(column: pa.ExtensionArray) -> pa.Array:
    words = _words(column)
    return _decimal256(column, words, np.zeros(len(words), dtype=np.int64))


def _words(column: pa.ExtensionArray) -> NDArray[np.int64]:
    """The lower and the upper half of each value, without the array's offset."""
    storage = column.storage
    words = np.frombuffer(storage.buffers()[1], dtype="<i8", count=2 * (storage.offset + len(storage)))
    return words.reshape(-1, 2)[storage.offset :]


def _decimal256(column: pa.ExtensionArray, words: NDArray[np.int64], sign: NDArray[np.int64]) -> pa.Array:
    wide = np.empty((len(words), 4), dtype=np.int64)
    wide[:, :2] = words
    wide[:, 2] = wide[:, 3] = sign
    storage = column.storage
    validity = storage.buffers()[0]
    if validity is not None and storage.offset:
        validity = storage.is_valid().buffers()[1]
    return pa.Array.from_buffers(_HUGE, len(words), [validity, pa.py_buffer(wide)])

"""The C functions of DuckDB that the wheel's extension module exports, with their signatures, for one known version."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_bool,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int8,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

import _duckdb

#: Layouts and rules of ownership below were read in the header of this version. A new version: compare its duckdb.h,
#: then run tests/unit/engine/native.
SUPPORTED_VERSION = "v1.5.5"

SUCCESS = 0


class Result(ctypes.Structure):
    """duckdb_result; all but `internal_data` is deprecated."""

    _fields_ = (
        ("column_count", c_uint64),
        ("row_count", c_uint64),
        ("rows_changed", c_uint64),
        ("columns", c_void_p),
        ("error_message", c_void_p),
        ("internal_data", c_void_p),
    )


class HugeInt(ctypes.Structure):
    _fields_ = (("lower", c_uint64), ("upper", c_int64))


class UHugeInt(ctypes.Structure):
    _fields_ = (("lower", c_uint64), ("upper", c_uint64))


class DecimalNumber(ctypes.Structure):
    _fields_ = (("width", c_uint8), ("scale", c_uint8), ("value", HugeInt))


class IntervalParts(ctypes.Structure):
    _fields_ = (("months", c_int32), ("days", c_int32), ("micros", c_int64))


class BitString(ctypes.Structure):
    _fields_ = (("data", c_void_p), ("size", c_uint64))


class Progress(ctypes.Structure):
    _fields_ = (("percentage", c_double), ("rows_processed", c_uint64), ("total_rows", c_uint64))


class ArrowSchema(ctypes.Structure):
    """struct ArrowSchema of the Arrow C data interface."""

    _fields_ = (
        ("format", c_void_p),
        ("name", c_void_p),
        ("metadata", c_void_p),
        ("flags", c_int64),
        ("n_children", c_int64),
        ("children", c_void_p),
        ("dictionary", c_void_p),
        ("release", c_void_p),
        ("private_data", c_void_p),
    )


class ArrowArray(ctypes.Structure):
    """struct ArrowArray of the Arrow C data interface."""

    _fields_ = (
        ("length", c_int64),
        ("null_count", c_int64),
        ("offset", c_int64),
        ("n_buffers", c_int64),
        ("n_children", c_int64),
        ("buffers", c_void_p),
        ("children", c_void_p),
        ("dictionary", c_void_p),
        ("release", c_void_p),
        ("private_data", c_void_p),
    )


_HANDLE = c_void_p
_HANDLE_PLACE = POINTER(c_void_p)
# Text that the caller has to free: c_char_p would lose the address.
_OWNED_TEXT = c_void_p

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "library_version": (c_char_p, ()),
    "free": (None, (c_void_p,)),
    # database and connection
    "create_config": (c_int, (_HANDLE_PLACE,)),
    "set_config": (c_int, (_HANDLE, c_char_p, c_char_p)),
    "destroy_config": (None, (_HANDLE_PLACE,)),
    "open_ext": (c_int, (c_char_p, _HANDLE_PLACE, _HANDLE, POINTER(c_void_p))),
    "close": (None, (_HANDLE_PLACE,)),
    "connect": (c_int, (_HANDLE, _HANDLE_PLACE)),
    "disconnect": (None, (_HANDLE_PLACE,)),
    "interrupt": (None, (_HANDLE,)),
    "query_progress": (Progress, (_HANDLE,)),
    # statements
    "extract_statements": (c_uint64, (_HANDLE, c_char_p, _HANDLE_PLACE)),
    "extract_statements_error": (c_char_p, (_HANDLE,)),
    "destroy_extracted": (None, (_HANDLE_PLACE,)),
    "prepare": (c_int, (_HANDLE, c_char_p, _HANDLE_PLACE)),
    "prepare_extracted_statement": (c_int, (_HANDLE, _HANDLE, c_uint64, _HANDLE_PLACE)),
    "prepare_error": (c_char_p, (_HANDLE,)),
    "destroy_prepare": (None, (_HANDLE_PLACE,)),
    "prepared_statement_type": (c_int, (_HANDLE,)),
    "prepared_statement_column_count": (c_uint64, (_HANDLE,)),
    "prepared_statement_column_name": (_OWNED_TEXT, (_HANDLE, c_uint64)),
    "prepared_statement_column_logical_type": (_HANDLE, (_HANDLE, c_uint64)),
    "nparams": (c_uint64, (_HANDLE,)),
    "parameter_name": (_OWNED_TEXT, (_HANDLE, c_uint64)),
    "param_logical_type": (_HANDLE, (_HANDLE, c_uint64)),
    "bind_value": (c_int, (_HANDLE, c_uint64, _HANDLE)),
    # execution and results
    "query": (c_int, (_HANDLE, c_char_p, POINTER(Result))),
    "pending_prepared_streaming": (c_int, (_HANDLE, _HANDLE_PLACE)),
    "pending_error": (c_char_p, (_HANDLE,)),
    "execute_pending": (c_int, (_HANDLE, POINTER(Result))),
    "destroy_pending": (None, (_HANDLE_PLACE,)),
    "destroy_result": (None, (POINTER(Result),)),
    "result_error": (c_char_p, (POINTER(Result),)),
    "result_error_type": (c_int, (POINTER(Result),)),
    "result_return_type": (c_int, (Result,)),
    "result_is_streaming": (c_bool, (Result,)),
    "rows_changed": (c_uint64, (POINTER(Result),)),
    "column_count": (c_uint64, (POINTER(Result),)),
    "column_type": (c_int, (POINTER(Result), c_uint64)),
    "column_name": (c_char_p, (POINTER(Result), c_uint64)),
    "column_logical_type": (_HANDLE, (POINTER(Result), c_uint64)),
    "fetch_chunk": (_HANDLE, (Result,)),
    "destroy_data_chunk": (None, (_HANDLE_PLACE,)),
    # Arrow
    "result_get_arrow_options": (_HANDLE, (POINTER(Result),)),
    "destroy_arrow_options": (None, (_HANDLE_PLACE,)),
    "to_arrow_schema": (_HANDLE, (_HANDLE, POINTER(c_void_p), POINTER(c_char_p), c_uint64, POINTER(ArrowSchema))),
    "data_chunk_to_arrow": (_HANDLE, (_HANDLE, _HANDLE, POINTER(ArrowArray))),
    "schema_from_arrow": (_HANDLE, (_HANDLE, POINTER(ArrowSchema), _HANDLE_PLACE)),
    "data_chunk_from_arrow": (_HANDLE, (_HANDLE, POINTER(ArrowArray), _HANDLE, _HANDLE_PLACE)),
    "destroy_arrow_converted_schema": (None, (_HANDLE_PLACE,)),
    # appenders
    "appender_create_query": (
        c_int,
        (_HANDLE, c_char_p, c_uint64, POINTER(c_void_p), c_char_p, POINTER(c_char_p), _HANDLE_PLACE),
    ),
    "append_data_chunk": (c_int, (_HANDLE, _HANDLE)),
    "appender_flush": (c_int, (_HANDLE,)),
    "appender_clear": (c_int, (_HANDLE,)),
    "appender_error_data": (_HANDLE, (_HANDLE,)),
    "appender_destroy": (c_int, (_HANDLE_PLACE,)),
    "error_data_message": (c_char_p, (_HANDLE,)),
    "error_data_error_type": (c_int, (_HANDLE,)),
    "destroy_error_data": (None, (_HANDLE_PLACE,)),
    # types
    "create_logical_type": (_HANDLE, (c_int,)),
    "create_decimal_type": (_HANDLE, (c_uint8, c_uint8)),
    "create_list_type": (_HANDLE, (_HANDLE,)),
    "destroy_logical_type": (None, (_HANDLE_PLACE,)),
    "get_type_id": (c_int, (_HANDLE,)),
    "logical_type_get_alias": (_OWNED_TEXT, (_HANDLE,)),
    "decimal_width": (c_uint8, (_HANDLE,)),
    "decimal_scale": (c_uint8, (_HANDLE,)),
    "enum_dictionary_size": (c_uint32, (_HANDLE,)),
    "enum_dictionary_value": (_OWNED_TEXT, (_HANDLE, c_uint64)),
    "list_type_child_type": (_HANDLE, (_HANDLE,)),
    "array_type_child_type": (_HANDLE, (_HANDLE,)),
    "array_type_array_size": (c_uint64, (_HANDLE,)),
    "map_type_key_type": (_HANDLE, (_HANDLE,)),
    "map_type_value_type": (_HANDLE, (_HANDLE,)),
    "struct_type_child_count": (c_uint64, (_HANDLE,)),
    "struct_type_child_name": (_OWNED_TEXT, (_HANDLE, c_uint64)),
    "struct_type_child_type": (_HANDLE, (_HANDLE, c_uint64)),
    "union_type_member_count": (c_uint64, (_HANDLE,)),
    "union_type_member_name": (_OWNED_TEXT, (_HANDLE, c_uint64)),
    "union_type_member_type": (_HANDLE, (_HANDLE, c_uint64)),
    # values; structures of one number are passed as that number
    "destroy_value": (None, (_HANDLE_PLACE,)),
    "create_null_value": (_HANDLE, ()),
    "create_bool": (_HANDLE, (c_bool,)),
    "create_int8": (_HANDLE, (c_int8,)),
    "create_uint8": (_HANDLE, (c_uint8,)),
    "create_int16": (_HANDLE, (c_int16,)),
    "create_uint16": (_HANDLE, (c_uint16,)),
    "create_int32": (_HANDLE, (c_int32,)),
    "create_uint32": (_HANDLE, (c_uint32,)),
    "create_int64": (_HANDLE, (c_int64,)),
    "create_uint64": (_HANDLE, (c_uint64,)),
    "create_hugeint": (_HANDLE, (HugeInt,)),
    "create_uhugeint": (_HANDLE, (UHugeInt,)),
    "create_decimal": (_HANDLE, (DecimalNumber,)),
    "create_float": (_HANDLE, (c_float,)),
    "create_double": (_HANDLE, (c_double,)),
    "create_varchar_length": (_HANDLE, (c_char_p, c_uint64)),
    "create_blob": (_HANDLE, (c_char_p, c_uint64)),
    "create_bit": (_HANDLE, (BitString,)),
    "create_uuid": (_HANDLE, (UHugeInt,)),
    "create_date": (_HANDLE, (c_int32,)),
    "create_time": (_HANDLE, (c_int64,)),
    "create_time_tz_value": (_HANDLE, (c_uint64,)),
    "create_timestamp": (_HANDLE, (c_int64,)),
    "create_timestamp_tz": (_HANDLE, (c_int64,)),
    "create_timestamp_s": (_HANDLE, (c_int64,)),
    "create_timestamp_ms": (_HANDLE, (c_int64,)),
    "create_timestamp_ns": (_HANDLE, (c_int64,)),
    "create_interval": (_HANDLE, (IntervalParts,)),
    "create_list_value": (_HANDLE, (_HANDLE, POINTER(c_void_p), c_uint64)),
    "get_list_child": (_HANDLE, (_HANDLE, c_uint64)),
}


#: They only read a field, so they keep the interpreter's lock: to let others have it may mean to wait for it.
_READS_A_FIELD = frozenset({
    "result_return_type", "result_is_streaming", "result_error", "column_count", "column_type",
})  # fmt: skip


class Library:
    """The functions as attributes, named without their prefix `duckdb_`.

    Calls release the interpreter lock, but for those that take no time and no lock of DuckDB.
    """

    def __init__(self, path: str) -> None:
        exports, quick = ctypes.CDLL(path), ctypes.PyDLL(path)
        for name, (result, arguments) in _SIGNATURES.items():
            try:
                function = (quick if name in _READS_A_FIELD else exports)["duckdb_" + name]
            except AttributeError as error:
                raise ImportError(
                    f"The installed duckdb package does not export the C function duckdb_{name}."
                ) from error
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)
        version = self.library_version().decode()
        if version != SUPPORTED_VERSION:
            raise ImportError(f"The native layer knows DuckDB {SUPPORTED_VERSION}, but {version} is installed.")

    def __getattr__(self, name: str) -> Any:
        # Only for type checkers and typing errors: the functions are attributes of the instance.
        raise AttributeError(f"duckdb_{name} has no signature here.")


library = Library(_duckdb.__file__)


def take_text(address: int | None) -> str | None:
    """A copy of a text that DuckDB gave away, which is freed; None for a null pointer."""
    if not address:
        return None
    try:
        return ctypes.string_at(address).decode(errors="replace")
    finally:
        library.free(address)


def text_of(value: bytes | None) -> str:
    """A text that DuckDB keeps, as copied by ctypes."""
    return (value or b"").decode(errors="replace")

"""DuckDB's C API as typed objects: exact types without executing, typed parameters, streams of Arrow batches.

Rules of use: one thread at a time uses a connection and what it made; whatever is closed late or never is freed with
its connection at the latest; calls release the interpreter lock.
"""

from storage.engine.native.appending import Appender
from storage.engine.native.connection import NativeConnection, NativeDatabase
from storage.engine.native.errors import ErrorKind, NativeError
from storage.engine.native.result import Column, NativeResult
from storage.engine.native.splitting import Piece, split_sql
from storage.engine.native.statement import Prepared, StatementType, prepare, rows
from storage.engine.native.values import Bit, Date, Interval, ListOf, Time, Timestamp, TimestampTz, TimeTz

__all__ = [
    "Appender",
    "Bit",
    "Column",
    "Date",
    "ErrorKind",
    "Interval",
    "ListOf",
    "NativeConnection",
    "NativeDatabase",
    "NativeError",
    "NativeResult",
    "Piece",
    "Prepared",
    "StatementType",
    "Time",
    "TimeTz",
    "Timestamp",
    "TimestampTz",
    "prepare",
    "rows",
    "split_sql",
]

"""Databases and connections of the C API: who may use them when, and who frees them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager
from ctypes import byref, c_void_p
from typing import Any, Protocol, Self

from storage.engine.native.errors import ErrorKind, NativeError, native_error
from storage.engine.native.library import SUCCESS, Result, library, take_text, text_of
from storage.engine.native.splitting import Piece, split_sql

_INTERRUPT_AGAIN_SECONDS = 0.02

#: Set for every instance: errors with kind and place, and Arrow without loss. Instance-wide in DuckDB 1.5.5.
_OWN_CONFIG = {"errors_as_json": "true", "arrow_lossless_conversion": "true", "duckdb_api": "kbstore"}


class Closable(Protocol):
    def close(self) -> None: ...


class NativeDatabase:
    """One DuckDB instance. `config` holds settings by name; raises NativeError where DuckDB cannot open it.

    `close` closes all its connections first, wherever they are used; then the files are closed and their locks gone.
    """

    def __init__(self, config: Mapping[str, str], path: str = ":memory:") -> None:
        self._handle = _open(path, {**_OWN_CONFIG, **config})
        self._connections: weakref.WeakSet[NativeConnection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, library.close, byref(self._handle))

    def connect(self) -> NativeConnection:
        """A new connection. Raises NativeError once the database is closed."""
        with self._lock:
            if not self._finalizer.alive:
                raise _closed()
            handle = c_void_p()
            if library.connect(self._handle, byref(handle)) != SUCCESS:
                raise NativeError(ErrorKind.CONNECTION, "The database took no further connection.")
            connection = NativeConnection(handle)
            self._connections.add(connection)
            return connection

    def close(self) -> None:
        """Safe to call twice, and from any thread."""
        with self._lock:
            self._finalizer()
            connections = list(self._connections)
        # The instance lives until its last connection goes.
        for connection in connections:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Use:
    """The block of `NativeConnection.in_use`: each call of the engine has one, and a generator costs more than it."""

    __slots__ = ("handle", "is_closing", "lock")

    def __init__(self, handle: c_void_p) -> None:
        self.handle = handle
        self.lock = threading.RLock()
        self.is_closing = False

    def __enter__(self) -> c_void_p:
        self.lock.acquire()
        if self.is_closing:
            self.lock.release()
            raise _closed()
        return self.handle

    def __exit__(self, *_: object) -> None:
        self.lock.release()


class NativeConnection:
    """A connection. One thread at a time uses it and what it made; `interrupt`, `progress`, `close` come from any.

    A second thread that calls meanwhile waits. Preparing or executing anything ends an open stream of the connection:
    reading that result further raises NativeError.
    """

    def __init__(self, handle: c_void_p) -> None:
        """Made by NativeDatabase.connect."""
        self._handle = handle
        self._use = _Use(handle)
        self._life = threading.Lock()
        self._children: weakref.WeakSet[Any] = weakref.WeakSet()
        self._stream: weakref.ref[Any] | None = None
        self._finalizer = weakref.finalize(self, library.disconnect, byref(handle))

    def in_use(self) -> AbstractContextManager[c_void_p]:
        """The handle, for as long as nobody else may use or close it. For this package."""
        return self._use

    def in_use_to_close(self) -> AbstractContextManager[object]:
        """As `in_use`, also while the connection is being closed. For this package."""
        return self._use.lock

    @staticmethod
    def split(sql: str) -> list[Piece]:
        """The texts of the statements in `sql`."""
        return split_sql(sql)

    def run(self, sql: str) -> None:
        """Execute statements of our own, all of them, and forget their rows."""
        result = Result()
        with self.in_use() as handle:
            self.end_stream()
            try:
                if library.query(handle, encoded_sql(sql), byref(result)) != SUCCESS:
                    raise result_error(result, sql)
            finally:
                library.destroy_result(byref(result))

    def interrupt(self) -> None:
        """Make what runs now fail with kind INTERRUPT, soon; no effect where nothing runs or on a closed connection."""
        with self._life:
            if self._finalizer.alive:
                library.interrupt(self._handle)

    def progress(self) -> float:
        """How much of the running statement is done, in percent; -1.0 where DuckDB cannot tell or nothing runs."""
        with self._life:
            return float(library.query_progress(self._handle).percentage) if self._finalizer.alive else -1.0

    def close(self) -> None:
        """End what runs, free what the connection made, roll back its transaction; safe to call twice."""
        self._use.is_closing = True
        # The flag is cleared when a statement begins: an interrupt that comes just before is lost, so repeat it.
        while not self._use.lock.acquire(timeout=_INTERRUPT_AGAIN_SECONDS):
            self.interrupt()
        try:
            for child in list(self._children):
                child.close()
            with self._life:
                self._finalizer()
        finally:
            self._use.lock.release()

    def adopt(self, child: Closable) -> None:
        """Close `child` before the connection. For this package."""
        self._children.add(child)

    def drop_active_query(self) -> None:
        """End the query whose stream was freed before its end: DuckDB would keep it until the next statement."""
        with self._use.lock:
            if not self._finalizer.alive or self._use.is_closing:
                return
            nothing = c_void_p()
            library.prepare(self._handle, b"", byref(nothing))
            library.destroy_prepare(byref(nothing))

    def begin_stream(self, stream: Any) -> None:
        """Remember a result that the next statement will end. For this package."""
        self._stream = weakref.ref(stream)

    def end_stream(self) -> None:
        """Close the stream that is open, if any: what comes next would end it silently. For this package."""
        stream = self._stream() if self._stream is not None else None
        self._stream = None
        if stream is not None:
            stream.supersede()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def encoded_sql(sql: str) -> bytes:
    """The bytes DuckDB gets. Raises NativeError for text that it would cut or cannot read."""
    if "\0" in sql:
        raise NativeError(ErrorKind.PARSER, "SQL text must not hold NUL characters.", position=sql.index("\0"))
    try:
        return sql.encode()
    except UnicodeEncodeError as error:
        raise NativeError(ErrorKind.PARSER, "SQL text must be valid Unicode.", position=error.start) from error


def result_error(result: Result, sql: str = "") -> NativeError:
    """The error of a failed result, copied before the result goes."""
    text = text_of(library.result_error(byref(result)))
    number = library.result_error_type(byref(result)) if result.internal_data else None
    return native_error(text or "The engine gave no reason.", sql=sql, number=number)


def _closed() -> NativeError:
    return NativeError(ErrorKind.CONNECTION, "The connection is closed.")


def _open(path: str, config: Mapping[str, str]) -> c_void_p:
    settings, database, message = c_void_p(), c_void_p(), c_void_p()
    library.create_config(byref(settings))
    try:
        for name, value in config.items():
            if library.set_config(settings, name.encode(), value.encode()) != SUCCESS:
                raise NativeError(ErrorKind.SETTINGS, f"DuckDB refused the setting {name}.")
        if library.open_ext(path.encode(), byref(database), settings, byref(message)) != SUCCESS:
            raise native_error(take_text(message.value) or "The database cannot be opened.")
    finally:
        library.destroy_config(byref(settings))
    return database

"""Prepared statements: what they are, want and give, known before anything runs."""

from __future__ import annotations

import weakref
from ctypes import byref, c_void_p
from enum import IntEnum
from functools import cached_property
from typing import Any, Self

from storage.engine.native.connection import NativeConnection, encoded_sql, result_error
from storage.engine.native.errors import ErrorKind, NativeError, native_error, nested_error
from storage.engine.native.library import SUCCESS, Result, library, take_text, text_of
from storage.engine.native.result import COUNT_COLUMN, Column, NativeResult, Shape
from storage.engine.native.splitting import has_word, split_sql
from storage.engine.native.types import make_type, owned_type, taken_type_text
from storage.engine.native.values import cast_value, make_value, owned_value


class StatementType(IntEnum):
    """duckdb_statement_type. Not the leading keyword: TRUNCATE is DELETE, COMMENT is ALTER, CHECKPOINT is CALL."""

    INVALID = 0
    SELECT = 1
    INSERT = 2
    UPDATE = 3
    EXPLAIN = 4
    DELETE = 5
    PREPARE = 6
    CREATE = 7
    EXECUTE = 8
    ALTER = 9
    TRANSACTION = 10
    COPY = 11
    ANALYZE = 12
    VARIABLE_SET = 13
    CREATE_FUNC = 14
    DROP = 15
    EXPORT = 16
    PRAGMA = 17
    VACUUM = 18
    CALL = 19
    SET = 20
    LOAD = 21
    RELATION = 22
    EXTENSION = 23
    LOGICAL_PLAN = 24
    ATTACH = 25
    DETACH = 26
    MULTI = 27
    COPY_DATABASE = 28
    UPDATE_EXTENSIONS = 29
    MERGE_INTO = 30


_GIVES_ROWS = {
    StatementType.SELECT,
    StatementType.EXPLAIN,
    StatementType.CALL,
    StatementType.PRAGMA,
    StatementType.EXECUTE,
    StatementType.VARIABLE_SET,
}
_CHANGES_ROWS = {StatementType.INSERT, StatementType.UPDATE, StatementType.DELETE, StatementType.MERGE_INTO}


class Prepared:
    """A statement that the engine has parsed and bound. It can be executed many times, with bindings that stay.

    DuckDB binds again when the catalog or the types of bound values have changed: then the columns of the result are
    the ones that hold.
    """

    def __init__(self, connection: NativeConnection, handle: c_void_p, sql: str) -> None:
        """Made by `prepare`."""
        self.sql = sql
        self._connection = connection
        self._handle = handle
        self._shape = Shape()
        self._finalizer = weakref.finalize(self, library.destroy_prepare, byref(handle))
        connection.adopt(self)

    @cached_property
    def statement_type(self) -> StatementType:
        with self._connection.in_use():
            return StatementType(library.prepared_statement_type(self._alive()))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the engine will answer, also where that is a count or a success flag.

        Empty where that depends on parameters whose type is open: prepare again with casts.
        """
        with self._connection.in_use():
            handle = self._alive()
            columns = []
            for index in range(library.prepared_statement_column_count(handle)):
                type_name = taken_type_text(library.prepared_statement_column_logical_type(handle, index))
                if type_name is None:
                    return ()
                name = take_text(library.prepared_statement_column_name(handle, index))
                columns.append(Column(name or "", type_name))
            return tuple(columns)

    @cached_property
    def returns_rows(self) -> bool:
        """Whether the columns are rows for the user, not the engine's report of what it did."""
        if self.statement_type in _CHANGES_ROWS:
            return self.columns != (COUNT_COLUMN,) or has_word(self.sql, "returning")
        return self.statement_type in _GIVES_ROWS

    @cached_property
    def parameter_count(self) -> int:
        with self._connection.in_use():
            return int(library.nparams(self._alive()))

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """The names as written after the $, in the order of their indexes: "1" for $1, also for ?."""
        with self._connection.in_use():
            handle = self._alive()
            return tuple(
                take_text(library.parameter_name(handle, index)) or "" for index in range(1, self.parameter_count + 1)
            )

    @cached_property
    def parameter_types(self) -> tuple[str | None, ...]:
        """The types that the engine inferred, None where it left one open."""
        with self._connection.in_use():
            handle = self._alive()
            return tuple(
                taken_type_text(library.param_logical_type(handle, index))
                for index in range(1, self.parameter_count + 1)
            )

    def bind(self, index: int, value: Any, as_type: str | None = None) -> None:
        """Give parameter `index`, from 1, a value of the types in `values.py`.

        `as_type` casts it first (a scalar, a decimal or a list of these); raises NativeError if that fails.
        """
        with self._connection.in_use(), owned_type(make_type(as_type) if as_type else None) as target:
            if as_type and target is None:
                raise NativeError(ErrorKind.NOT_IMPLEMENTED, f"A parameter cannot be made of type {as_type}.")
            self._bind(index, cast_value(value, target) if target else make_value(value))

    def bind_text(self, index: int, text: str) -> None:
        """Give parameter `index` a text in DuckDB's spelling, cast to the parameter's type where that is known.

        The session's TimeZone plays no part in this cast: a text without offset is UTC. Where it should, write the
        cast into the SQL.
        """
        with self._connection.in_use(), owned_type(library.param_logical_type(self._alive(), index)) as target:
            if target is None or library.get_type_id(target) == 0:
                self._bind(index, make_value(text))
            else:
                self._bind(index, cast_value(text, target))

    def execute(self) -> NativeResult:
        """Run it, up to the first rows of a query and to the end of anything else. Ends an open stream.

        Raises NativeError; nothing has to be cleaned up then.
        """
        with self._connection.in_use():
            self._connection.end_stream()
            result = Result()
            try:
                self._execute(result)
            except BaseException:
                library.destroy_result(byref(result))
                raise
            return NativeResult(self._connection, result, self.sql, self._shape)

    def close(self) -> None:
        """Safe to call twice."""
        with self._connection.in_use_to_close():
            self._shape.close()
            self._finalizer()

    def _bind(self, index: int, value: int | None) -> None:
        with owned_value(value) as kept:
            if library.bind_value(self._alive(), index, kept) != SUCCESS:
                raise NativeError(ErrorKind.INVALID_INPUT, f"The statement has no parameter {index}.")

    def _execute(self, result: Result) -> None:
        pending = c_void_p()
        try:
            if library.pending_prepared_streaming(self._alive(), byref(pending)) != SUCCESS:
                raise native_error(text_of(library.pending_error(pending)), sql=self.sql)
            if library.execute_pending(pending, byref(result)) != SUCCESS:
                raise result_error(result, self.sql)
        finally:
            library.destroy_pending(byref(pending))

    def _alive(self) -> c_void_p:
        if not self._finalizer.alive:
            raise NativeError(ErrorKind.INVALID_INPUT, "The prepared statement is closed.")
        return self._handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def prepare(connection: NativeConnection, sql: str) -> Prepared:
    """Prepare the one statement in `sql`. Ends an open stream of the connection.

    A PIVOT without IN list is two statements to DuckDB: the first, which finds the columns in the data, runs here.
    """
    encoded = encoded_sql(sql)
    extracted = c_void_p()
    with connection.in_use() as handle:
        connection.end_stream()
        count = library.extract_statements(handle, encoded, byref(extracted))
        try:
            if count == 0:
                raise _extract_error(connection, extracted, sql)
            if count > 1:
                _check_is_one(sql)
            for index in range(count - 1):
                with _prepare_part(connection, extracted, index, sql) as part:
                    _run_part(part)
            return _prepare_part(connection, extracted, count - 1, sql)
        finally:
            library.destroy_extracted(byref(extracted))


def rows(connection: NativeConnection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a short query of our own, as Python values."""
    with prepare(connection, sql) as statement:
        for index, value in enumerate(values, start=1):
            statement.bind(index, value)
        with statement.execute() as result:
            return [
                row
                for batch in result.batches()
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            ]


def _extract_error(connection: NativeConnection, extracted: c_void_p, sql: str) -> NativeError:
    message = text_of(library.extract_statements_error(extracted))
    if not message:
        return NativeError(ErrorKind.PARSER, "There is no statement to prepare.")
    # This message lacks the place. Preparing fails in the same way, and tells it.
    handle = c_void_p()
    with connection.in_use() as connection_handle:
        try:
            library.prepare(connection_handle, encoded_sql(sql), byref(handle))
            return nested_error(text_of(library.prepare_error(handle)) or message, sql)
        finally:
            library.destroy_prepare(byref(handle))


def _check_is_one(sql: str) -> None:
    # What DuckDB makes several statements of runs unseen by those who judged the text: allow no more than is known.
    if len(split_sql(sql)) != 1 or not (has_word(sql, "pivot") or has_word(sql, "pivot_wider")):
        raise NativeError(ErrorKind.INVALID_INPUT, "Only one statement can be prepared at once.")


def _prepare_part(connection: NativeConnection, extracted: c_void_p, index: int, sql: str) -> Prepared:
    prepared = c_void_p()
    with connection.in_use() as handle:
        if library.prepare_extracted_statement(handle, extracted, index, byref(prepared)) == SUCCESS:
            return Prepared(connection, prepared, sql)
        try:
            raise native_error(text_of(library.prepare_error(prepared)) or "It cannot be prepared.", sql=sql)
        finally:
            library.destroy_prepare(byref(prepared))


def _run_part(part: Prepared) -> None:
    if part.statement_type is not StatementType.CREATE:
        raise NativeError(ErrorKind.INVALID_INPUT, "Only one statement can be prepared at once.")
    part.execute().close()

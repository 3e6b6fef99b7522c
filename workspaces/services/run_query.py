"""One statement of a session: prepared in the engine, given its parameters, and its rows as they come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import pyarrow as pa

from storage.engine.native import (
    Column,
    ListOf,
    NativeConnection,
    NativeError,
    NativeResult,
    Prepared,
    StatementType,
    prepare,
)
from workspaces.pgwire.sqlstate import fault_of

__all__ = ["Column", "Query", "Rows"]


#: What makes, changes or removes objects; CREATE TABLE AS is CREATE, COMMENT is ALTER.
_DEFINITIONS = frozenset({StatementType.CREATE, StatementType.CREATE_FUNC, StatementType.DROP, StatementType.ALTER})
_EXPLAINED_DEFINITION = re.compile(r"\bCREATE\b", re.IGNORECASE)


class Rows:
    """The rows of a statement, in batches while the engine makes them; `changed` counts those it changed."""

    def __init__(self, result: NativeResult) -> None:
        """Made by `Query.execute`."""
        self._result = result
        self._kept: list[pa.RecordBatch] | None = None
        self.columns: tuple[Column, ...] = result.columns
        self.returns_rows = result.returns_rows
        self.changed = result.rows_changed

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises SqlFault, also in the middle."""
        try:
            yield from self._result.batches() if self._kept is None else self._kept
        except NativeError as error:
            raise fault_of(error) from error

    def keep(self) -> Self:
        """Read all of them now, as they are few and their transaction ends. Raises NativeError."""
        self._kept = list(self._result.batches())
        return self

    def keep_by(self, drain: Callable[[], None]) -> None:
        """Have `drain` read what is left of `batches` before the connection goes on to something else."""
        self._result.before_end = drain

    def close(self) -> None:
        """End the query if it still runs."""
        self._result.close()


class Query:
    """A statement that the engine has read; `columns` are empty when it gives no rows."""

    def __init__(
        self, connection: NativeConnection, sql: str, *, around_definition: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Raises SqlFault, with a position in `sql`. A definition runs inside `around_definition()`."""
        self._around_definition = around_definition
        try:
            self._prepared: Prepared = prepare(connection, sql)
        except NativeError as error:
            raise fault_of(error) from error
        self.sql = sql
        self._told: tuple[Column, ...] = ()

    @property
    def returns_rows(self) -> bool:
        return self._prepared.returns_rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """Known without running it; empty also where they depend on parameters, until `tell_columns`."""
        return (self._prepared.columns or self._told) if self._prepared.returns_rows else ()

    def tell_columns(self, columns: tuple[Column, ...]) -> None:
        """For a statement whose columns the engine knows only with the values of its parameters."""
        self._told = columns

    @property
    def parameter_types(self) -> dict[int, str | None]:
        """The type of each parameter by its number, None where the engine cannot tell."""
        names = self._prepared.parameter_names
        return {int(name): found for name, found in zip(names, self._prepared.parameter_types, strict=True)}

    def execute(self, values: Sequence[tuple[str, Any]] = ()) -> Rows:
        """Run it with a (DuckDB type, value) for each parameter number from 1. Raises SqlFault."""
        try:
            with self._around_definition() if self._defines else nullcontext():
                for index, name in enumerate(self._prepared.parameter_names, start=1):
                    wanted, value = values[int(name) - 1]
                    bound_as = None if value is None else _bound_as(wanted)
                    self._prepared.bind(index, _engine_value(value, wanted), bound_as)
                rows = Rows(self._prepared.execute())
                return rows.keep() if self._defines and rows.returns_rows else rows
        except NativeError as error:
            raise fault_of(error) from error

    @property
    def _defines(self) -> bool:
        """Also what EXPLAIN ANALYZE would make; the word may stand for something else there, which does no harm."""
        kind = self._prepared.statement_type
        return kind in _DEFINITIONS or (kind is StatementType.EXPLAIN and bool(_EXPLAINED_DEFINITION.search(self.sql)))

    def close(self) -> None:
        self._prepared.close()


def _bound_as(wanted: str) -> str:
    """JSON is bound as its text: the engine makes JSON of it where it wants that."""
    return wanted.replace("JSON", "VARCHAR")


def _engine_value(value: Any, wanted: str) -> Any:
    """Lists take the type of their elements along."""
    if not isinstance(value, list):
        return value
    element = _bound_as(wanted.removesuffix("[]"))
    return ListOf(element, [_engine_value(each, element) for each in value])

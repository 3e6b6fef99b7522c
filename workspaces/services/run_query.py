"""One statement of a session: prepared in the engine, given its parameters, and its rows as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from storage.engine.native import Column, ListOf, NativeConnection, NativeError, NativeResult, Prepared, prepare
from workspaces.pgwire.sqlstate import fault_of

__all__ = ["Column", "Query", "Rows"]


class Rows:
    """The rows of a statement, in batches while the engine makes them; `changed` counts those it changed."""

    def __init__(self, result: NativeResult) -> None:
        """Made by `Query.execute`."""
        self._result = result
        self.columns: tuple[Column, ...] = result.columns
        self.returns_rows = result.returns_rows
        self.changed = result.rows_changed

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raises SqlFault, also in the middle."""
        try:
            yield from self._result.batches()
        except NativeError as error:
            raise fault_of(error) from error

    def close(self) -> None:
        """End the query if it still runs."""
        self._result.close()


class Query:
    """A statement that the engine has read; `columns` are empty when it gives no rows."""

    def __init__(self, connection: NativeConnection, sql: str) -> None:
        """Raises SqlFault, with a position in `sql`."""
        try:
            self._prepared: Prepared = prepare(connection, sql)
        except NativeError as error:
            raise fault_of(error) from error
        self.sql = sql

    @property
    def returns_rows(self) -> bool:
        return self._prepared.returns_rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """Known without running it; empty also where they depend on parameters of unknown type."""
        return self._prepared.columns if self._prepared.returns_rows else ()

    @property
    def parameter_types(self) -> dict[int, str | None]:
        """The type of each parameter by its number, None where the engine cannot tell."""
        names = self._prepared.parameter_names
        return {int(name): found for name, found in zip(names, self._prepared.parameter_types, strict=True)}

    def execute(self, values: Sequence[tuple[str, Any]] = ()) -> Rows:
        """Run it with a (DuckDB type, value) for each parameter number from 1. Raises SqlFault."""
        try:
            for index, name in enumerate(self._prepared.parameter_names, start=1):
                wanted, value = values[int(name) - 1]
                self._prepared.bind(index, _engine_value(value, wanted), None if value is None else _bound_as(wanted))
            return Rows(self._prepared.execute())
        except NativeError as error:
            raise fault_of(error) from error

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

"""One statement of a session: prepared in the engine, given its parameters, and its rows as they come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
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

    @property
    def schema(self) -> pa.Schema:
        """That of all batches. Raises SqlFault for a type without an Arrow form."""
        try:
            return self._result.schema
        except NativeError as error:
            raise fault_of(error) from error

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
        #: Columns of its rows that are known to be what the client was told.
        self.fitting_columns: tuple[Column, ...] | None = None
        #: The state of definitions in which it was found harmless; for one that names no tables.
        self.looked_at: int | None = None
        #: Numbers of parameters that are numerics of any scale, and how to prepare anew for the scales of values.
        self.numerics: frozenset[int] = frozenset()
        self._again: Callable[[Mapping[int, str]], Query] | None = None
        self._fitted: tuple[Mapping[int, str], Query] | None = None

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

    def let_scales_vary(self, numbers: Iterable[int], again: Callable[[Mapping[int, str]], Query]) -> None:
        """Give these parameters the scale of each value: `again` prepares for the types of values by their number."""
        self.numerics, self._again = frozenset(numbers), again

    def execute(self, values: Sequence[tuple[str, Any]] = ()) -> Rows:
        """Run it with a (DuckDB type, value) for each parameter number from 1. Raises SqlFault."""
        if self._again is not None:
            return self._fitting(values).execute(values)
        try:
            if not self._defines:
                return self._run(values)
            with self._around_definition():
                rows = self._run(values)
                return rows.keep() if rows.returns_rows else rows
        except NativeError as error:
            raise fault_of(error) from error

    def _run(self, values: Sequence[tuple[str, Any]]) -> Rows:
        """Raises NativeError."""
        for index, name in enumerate(self._prepared.parameter_names, start=1):
            wanted, value = values[int(name) - 1]
            bound_as = _bound_as(wanted)
            self._prepared.bind(index, _engine_value(value, wanted), bound_as)
        return Rows(self._prepared.execute())

    @cached_property
    def _defines(self) -> bool:
        """Also what EXPLAIN ANALYZE would make; the word may stand for something else there, which does no harm."""
        kind = self._prepared.statement_type
        return kind in _DEFINITIONS or (kind is StatementType.EXPLAIN and bool(_EXPLAINED_DEFINITION.search(self.sql)))

    def _fitting(self, values: Sequence[tuple[str, Any]]) -> Query:
        """It, for numerics of these scales."""
        assert self._again is not None  # noqa: S101 - by its caller
        types = {number: values[number - 1][0] for number in self.numerics}
        if self._fitted is None or self._fitted[0] != types:
            before, self._fitted = self._fitted, None
            if before is not None:
                before[1].close()
            self._fitted = (types, self._again(types))
        return self._fitted[1]

    def close(self) -> None:
        self._prepared.close()
        if self._fitted is not None:
            self._fitted[1].close()


def _bound_as(wanted: str) -> str:
    """JSON is bound as its text: the engine makes JSON of it where it wants that."""
    return wanted.replace("JSON", "VARCHAR")


def _engine_value(value: Any, wanted: str) -> Any:
    """Lists take the type of their elements along."""
    if not isinstance(value, list):
        return value
    element = _bound_as(wanted.removesuffix("[]"))
    return ListOf(element, [_engine_value(each, element) for each in value])

"""What a profile has to know of a column before it reads a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.sql import quote_identifier
from storage.engine.type_grammar import TypeTree, parse_type

_FLOATS = frozenset({"FLOAT", "DOUBLE"})
LARGEST = {
    "TINYINT": 2**7 - 1,
    "SMALLINT": 2**15 - 1,
    "INTEGER": 2**31 - 1,
    "BIGINT": 2**63 - 1,
    "HUGEINT": 2**127 - 1,
    "UTINYINT": 2**8 - 1,
    "USMALLINT": 2**16 - 1,
    "UINTEGER": 2**32 - 1,
    "UBIGINT": 2**64 - 1,
    "UHUGEINT": 2**128 - 1,
}


@dataclass(frozen=True)
class ProfiledColumn:
    """One column; `position` counts from 0 and names it where its own name could clash."""

    position: int
    name: str
    type: str

    @classmethod
    def of(cls, position: int, column: ColumnSpec) -> ProfiledColumn:
        return cls(position, column.name, column.type)

    @cached_property
    def sql(self) -> str:
        return quote_identifier(self.name)

    @cached_property
    def tree(self) -> TypeTree:
        return parse_type(self.type)

    @property
    def is_numeric(self) -> bool:
        return self.is_float or self.tree.kind == "DECIMAL" or self.tree.kind in LARGEST

    @property
    def is_float(self) -> bool:
        return self.tree.kind in _FLOATS

    @property
    def is_text(self) -> bool:
        return self.tree.kind == "VARCHAR"

    @property
    def quantile_type(self) -> str:
        """What DuckDB's QUANTILE_CONT of this column returns."""
        return self.type if self.is_float or self.tree.kind == "DECIMAL" else "DOUBLE"

    @property
    def largest(self) -> int | None:
        """The largest value of an integer type; None for all others."""
        return LARGEST.get(self.tree.kind)


def profiled_columns(spec: TableSpec) -> list[ProfiledColumn]:
    return [ProfiledColumn.of(position, column) for position, column in enumerate(spec.columns)]

"""One way to read the rows of an import file with DuckDB: the relation, its parameters and the value of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.engine.column_choice import check_column_choice
from storage.engine.specs import ColumnSpec, LoadSpec, TableSpec

# Types whose empty text is a value of its own, not a missing one.
TEXT_TYPES = frozenset({"VARCHAR", "BLOB"})


@dataclass(frozen=True)
class Reading:
    """A relation with columns c0, c1, ... in file order.

    `relation` and `values` load; `raw_relation`, whose columns are as untyped as the format allows, finds out which
    row was wrong. `counts_lines` says that rows stand on lines, the first of them on line `first_line`.
    """

    targets: tuple[ColumnSpec, ...]
    relation: str = ""
    parameters: Mapping[str, Any] | Sequence[Any] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    raw_relation: str = ""
    raw_parameters: Mapping[str, Any] | Sequence[Any] = field(default_factory=dict)
    counts_lines: bool = True
    first_line: int = 1

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.values)} FROM {self.relation}"


def file_column(index: int) -> str:
    """The name that the n-th column of the file has inside our statements; error messages are mapped back from it."""
    return f"c{index}"


def supplied_columns(spec: TableSpec, order: LoadSpec) -> tuple[ColumnSpec, ...]:
    """The table's columns that the file supplies, in file order. Raises InvalidColumns for a wrong or repeated name."""
    if order.columns is None:
        return spec.columns
    by_name = {column.name: column for column in spec.columns}
    check_column_choice(order.columns, list(by_name))
    return tuple(by_name[name] for name in order.columns)


def cast(expression: str, type_name: str) -> str:
    return f"CAST({expression} AS {type_name})"


def column_count_text(found: int, expected: Sequence[ColumnSpec]) -> str:
    plural = "s" if found != 1 else ""
    return f"The file has {found} column{plural}, expected {len(expected)}."

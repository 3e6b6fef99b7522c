"""Which rows of a table somebody means: filters, bounds, order and limit as plain frozen values.

`storage/engine/row_conditions.py` says what each of them matches.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.engine.specs import VersionRef


@dataclass(frozen=True)
class ColumnFilter:
    """A column compared with values. `operator` is eq, ne, gt, ge, lt or le; several values are for eq and ne only.

    `data_type` is what to compare as: STRING, INTEGER, BIGINT, DOUBLE, REAL, DECIMAL or TIMESTAMP.
    """

    column: str
    operator: str
    values: tuple[str, ...]
    data_type: str = "STRING"


@dataclass(frozen=True)
class ReferenceFilter:
    """The column's value is one of those in a column of another version; with `excluded` it is none of them."""

    column: str
    version: VersionRef
    reference_column: str
    reference_type: str
    excluded: bool = False


@dataclass(frozen=True)
class SortKey:
    """`data_type` is what to sort texts as, see `ColumnFilter`. NULLs are last in either direction."""

    column: str
    descending: bool = False
    data_type: str = "STRING"


@dataclass(frozen=True)
class RowSelection:
    """The rows that meet every condition, sorted, the first `limit` of them; 0 is no limit.

    `table` is what messages call the table. The bounds are on the column `_timestamp`: unix seconds or ISO 8601, from
    `changed_since` on, before `changed_until`; empty for none. `fulltext` is looked for in all texts, and excludes
    `filters`.
    """

    table: str = ""
    filters: tuple[ColumnFilter, ...] = ()
    changed_since: str = ""
    changed_until: str = ""
    fulltext: str = ""
    references: tuple[ReferenceFilter, ...] = ()
    sort: tuple[SortKey, ...] = ()
    limit: int = 0

    @property
    def has_conditions(self) -> bool:
        return bool(self.filters or self.changed_since or self.changed_until or self.fulltext or self.references)

    def to_json(self) -> dict[str, Any]:
        """Everything but the references: which version they mean is known only when the work begins."""
        return asdict(replace(self, references=()))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RowSelection:
        filters = tuple(ColumnFilter(**(one | {"values": tuple(one["values"])})) for one in value["filters"])
        sort = tuple(SortKey(**one) for one in value["sort"])
        return cls(**(value | {"filters": filters, "sort": sort, "references": ()}))


@dataclass(frozen=True)
class ViewShape:
    """What a view shows of a table: pairs (column of the table, name in the view), none for all; rows that meet all
    filters. `name` is what messages call it.
    """

    name: str
    columns: tuple[tuple[str, str], ...] = ()
    filters: tuple[ColumnFilter, ...] = ()


@dataclass(frozen=True)
class LookOrder:
    """Which rows and columns to show; `columns` None means all. With a `view` those that it has.

    Values are text, or with `typed` truth values, numbers, lists and text; texts and lists are cut to `cut`. Rows
    beyond `max_bytes` are left out.
    """

    selection: RowSelection
    columns: tuple[str, ...] | None = None
    typed: bool = False
    cut: int = 16_385
    max_bytes: int = 16 * 1024 * 1024
    view: ViewShape | None = None


@dataclass(frozen=True)
class ShownRows:
    """One list of values for each column; not `complete` where rows were left out because they are too long."""

    names: tuple[str, ...]
    values: tuple[list[Any], ...]
    complete: bool = True

    @property
    def row_count(self) -> int:
        return len(self.values[0])


@dataclass(frozen=True)
class RowFilter:
    """A condition on one column. `operator` is one of those of storage/engine/row_page.py; some need no value."""

    column: str
    operator: str
    value: str = ""


@dataclass(frozen=True)
class PageOrder:
    """Which rows of a version to show: those that meet all filters and the condition, sorted, from `offset` on.

    `condition` is one SQL expression over the columns. NULLs are sorted last. `columns` None means all. With a `view`
    all of that is about its rows.
    """

    limit: int
    offset: int = 0
    filters: tuple[RowFilter, ...] = ()
    condition: str | None = None
    sort: str | None = None
    descending: bool = False
    columns: tuple[str, ...] | None = None
    view: ViewShape | None = None


@dataclass(frozen=True)
class RowPage:
    """Rows as a preview has them, with long values cut, and how many rows match in all."""

    rows_json: bytes
    matching: int

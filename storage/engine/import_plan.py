"""What an import does to which column: which the source supplies, which is the key, who sets the time stamp."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from storage.engine.import_specs import TIMESTAMP_COLUMN, RowImport
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.sql import quote_literal
from storage.errors import DuplicateSourceColumns, ImportRefused, UnknownSourceColumns


@dataclass(frozen=True)
class ImportPlan:
    """An import held against the table's shape. `key` is empty where rows are only appended."""

    spec: TableSpec
    order: RowImport
    key: tuple[str, ...]

    @property
    def is_strict(self) -> bool:
        """Whether a key that occurs twice is an error."""
        return self.order.dedup_mode != "update_duplicates"

    @property
    def picks(self) -> tuple[str, ...]:
        """What a source whose columns nobody named has to supply; columns with `_` in front may be missing."""
        return tuple(name for name in self.spec.column_names if not name.startswith("_"))

    def column(self, name: str) -> ColumnSpec:
        return next(column for column in self.spec.columns if column.name == name)

    def stamp(self, supplied: Sequence[str]) -> str | None:
        """The constant, as SQL, that `_timestamp` gets; None where the source supplies it or nobody sets it."""
        if self.order.timestamp_mode != "current_time" or TIMESTAMP_COLUMN in supplied:
            return None
        if TIMESTAMP_COLUMN not in self.spec.column_names:
            return None
        moment = quote_literal(self.order.started.replace(tzinfo=None).isoformat(sep=" "))
        return f"CAST(TIMESTAMP {moment} AS {self.column(TIMESTAMP_COLUMN).type})"

    def supplied(self, names: Sequence[str]) -> tuple[str, ...]:
        """The columns of the table that a source with these columns fills, in the order of the source.

        Raises UnknownSourceColumns, DuplicateSourceColumns, ImportRefused.
        """
        repeated = sorted(name for name, count in Counter(names).items() if count > 1)
        if repeated:
            raise DuplicateSourceColumns(repeated)
        unknown = [name for name in names if name not in self.spec.column_names]
        if unknown:
            raise UnknownSourceColumns(unknown)
        mode = self.order.timestamp_mode
        if mode == "from_source" and TIMESTAMP_COLUMN not in names:
            raise ImportRefused(f"Column {TIMESTAMP_COLUMN} has to come from the source, which does not have it.")
        kept = tuple(name for name in names if mode != "none" or name != TIMESTAMP_COLUMN)
        self._require_rest(kept)
        return kept

    def _require_rest(self, supplied: Sequence[str]) -> None:
        stamped = self.stamp(supplied) is not None
        for column in self.spec.columns:
            is_set = column.name in supplied or (stamped and column.name == TIMESTAMP_COLUMN)
            if not is_set and not column.nullable and column.default is None:
                raise ImportRefused(
                    f"Column {column.name} is required: the source does not supply it, it must not be NULL and it "
                    "has no default."
                )


def plan_import(spec: TableSpec, order: RowImport) -> ImportPlan:
    """Raises ImportRefused, UnknownSourceColumns for options that do not fit the table."""
    has_timestamp = TIMESTAMP_COLUMN in spec.column_names
    needs_timestamp = order.timestamp_mode == "from_source" or (
        order.requires_timestamp and order.timestamp_mode == "current_time"
    )
    if needs_timestamp and not has_timestamp:
        raise ImportRefused(f"The table has no column {TIMESTAMP_COLUMN}.")
    for names, option in ((order.dedup_columns, "dedupColumnsNames"), (order.empty_is_null, _EMPTY_OPTION)):
        unknown = [name for name in names if name not in spec.column_names]
        if unknown:
            raise UnknownSourceColumns(unknown, option=option)
    return ImportPlan(spec, order, _key(spec, order))


_EMPTY_OPTION = "convertEmptyValuesToNullOnColumns"


def _key(spec: TableSpec, order: RowImport) -> tuple[str, ...]:
    if order.dedup_mode == "insert_duplicates":
        return spec.primary_key
    return tuple(dict.fromkeys(order.dedup_columns)) or spec.primary_key

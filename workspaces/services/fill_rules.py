"""How a load meets the table of a workspace: made, emptied, added to or merged; and whether their columns agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from storage.engine.import_specs import TIMESTAMP_COLUMN
from storage.engine.specs import ColumnSpec, TableSpec
from storage.errors import ImportRefused, UnknownSourceColumns
from storage.services.import_rows import ImportRules
from storage.services.row_source import require_agreement, require_columns

Mode = Literal["make", "replace", "append", "merge"]
_SHOWN = 20


@dataclass(frozen=True)
class FillPlan:
    """`spec` is the shape of the table; `key` that by which rows are told apart, empty where they are only added."""

    mode: Mode
    spec: TableSpec
    key: tuple[str, ...]


def plan_fill(
    source: TableSpec, existing: TableSpec | None, rules: ImportRules, *, names: tuple[str, str, str, str]
) -> FillPlan:
    """`names` are schema and table of the source, then of the destination; `existing` is None where there is no table.

    Raises ImportRefused, in the words that clients look for, where columns do not agree.
    """
    if existing is None:
        return _plan_new(source, rules)
    key = _key(existing, rules)
    if not rules.incremental:
        if rules.strategy == "user_defined_table":
            require_agreement(source, existing)
        return FillPlan("replace", existing, key)
    _require_both_ways(source, existing, names)
    if not key:
        _require_definitions(source, existing)
    return FillPlan("merge" if key else "append", existing, key)


def _plan_new(source: TableSpec, rules: ImportRules) -> FillPlan:
    key = tuple(dict.fromkeys(rules.dedup_columns))
    unknown = [name for name in key if name not in source.column_names]
    if unknown:
        raise UnknownSourceColumns(unknown, option="dedupColumnsNames")
    columns = tuple(replace(one, nullable=False) if one.name in key else one for one in source.columns)
    return FillPlan("make", TableSpec(columns, key), key)


def _key(existing: TableSpec, rules: ImportRules) -> tuple[str, ...]:
    if rules.dedup_mode == "insert_duplicates":
        return existing.primary_key
    return tuple(dict.fromkeys(rules.dedup_columns)) or existing.primary_key


def _require_both_ways(source: TableSpec, existing: TableSpec, names: tuple[str, str, str, str]) -> None:
    ours, theirs = _own_names(source), _own_names(existing)
    require_columns(theirs, ours, schema=names[0], table=names[1])
    require_columns(ours, theirs, schema=names[2], table=names[3], kind="workspace")


def _own_names(spec: TableSpec) -> list[str]:
    return [name for name in spec.column_names if name != TIMESTAMP_COLUMN]


def _require_definitions(source: TableSpec, existing: TableSpec) -> None:
    """Texts fit everywhere, or the import says which one does not."""
    theirs = {column.name: column for column in existing.columns}
    pairs = [(one, theirs[one.name]) for one in source.columns if one.name in theirs and one.name != TIMESTAMP_COLUMN]
    different = [
        f'"{one.name}" is {_shown(one)} in the source and {_shown(other)} in the workspace'
        for one, other in pairs
        if one.type != "VARCHAR" and (one.type, one.nullable) != (other.type, other.nullable)
    ]
    if different:
        raise ImportRefused(f"Column definitions mismatch. Details: {_listed(different)}")


def _shown(column: ColumnSpec) -> str:
    return column.type if column.nullable else f"{column.type} NOT NULL"


def _listed(texts: Sequence[str]) -> str:
    more = f"; {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more

"""Conditions that look into another table: who may look there, and which version they mean when the work begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.specs import ColumnSpec, ReferenceFilter, RowSelection
from storage.errors import FilterRefused
from storage.models import Table


@dataclass(frozen=True)
class TableReference:
    """Rows whose value in `column` is one of those in a column of this table; with `excluded` it is none of them."""

    column: str
    project_id: str
    branch_id: str
    bucket_name: str
    table_name: str
    reference_column: str
    excluded: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def check_references(actor: Actor, references: Sequence[TableReference]) -> None:
    """Raises Forbidden for a table that the actor may not read, else what is missing of its path or column."""
    for reference in references:
        actor.require(Need.READ, project_id=reference.project_id, branch_id=reference.branch_id)
        _resolved(reference)


def with_references(selection: RowSelection, references: Sequence[TableReference]) -> RowSelection:
    """The selection with the current versions of these tables. Raises what is missing of a path or a column."""
    return replace(selection, references=tuple(_resolved(reference) for reference in references))


def _resolved(reference: TableReference) -> ReferenceFilter:
    table = catalog.find_table(
        project_id=reference.project_id,
        branch_id=reference.branch_id,
        bucket_name=reference.bucket_name,
        table_name=reference.table_name,
    )
    column = _column(table, reference.reference_column)
    return ReferenceFilter(
        column=reference.column,
        version=table.current_version.ref,
        reference_column=column.name,
        reference_type=column.type,
        excluded=reference.excluded,
    )


def _column(table: Table, name: str) -> ColumnSpec:
    for column in table.current_version.spec.columns:
        if column.name.casefold() == name.casefold():
            return column
    raise FilterRefused(f'Column "{name}" not found on table "{table.name}" for where ref table filter.')

"""Add a column to a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec
from storage.engine.types import normalize_column
from storage.errors import ColumnExists, ColumnRequiresDefault, DoesNotFit
from storage.models import Job, Table
from storage.names import check_column_names
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import reshape
from storage.services.write_target import WriteTarget, write_target


@change("add_column")
@operation("add_column", resource_type="column", need=Need.WRITE)
def add_column(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    column: str,
    type: str,
    nullable: bool,
    default: str | None,
    length: int | None = None,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Append a column; the rows that are there get the default's value, each row its own where it is uuid().

    `length` is the most characters of a VARCHAR, None: any. Raises ColumnExists, also for a name in other case,
    ColumnRequiresDefault for one that must not be NULL in a table with rows, InvalidName, and OperationFailed for a bad
    type or default.
    """
    with (
        write_target(table, branch_id, monitor) as target,
        refusals_named("add column", code="add_column_failed", column_name=column),
    ):
        new = _checked(target, ColumnSpec(column, type, nullable, default, length))
        spec = target.base.spec
        try:
            return reshape(
                "add_column",
                actor=actor,
                target=target,
                after=replace(spec, columns=(*spec.columns, new)),
                sources=(*spec.column_names, None),
                job=job,
                monitor=monitor,
                details={"column_name": column, "column_type": new.type, "nullable": nullable},
            )
        except DoesNotFit as error:  # the default is NULL
            raise ColumnRequiresDefault(column) from error


def _checked(target: WriteTarget, column: ColumnSpec) -> ColumnSpec:
    names = target.base.spec.column_names
    if column.name.casefold() in {name.casefold() for name in names}:
        raise ColumnExists.on_add(target.name, column.name, names)
    check_column_names((*names, column.name))
    normalized = normalize_column(column)
    if not column.nullable and column.default is None and target.base.row_count:
        raise ColumnRequiresDefault(column.name)
    return normalized

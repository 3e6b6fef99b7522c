"""Give a table a primary key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec
from storage.errors import InvalidColumn, KeyColumnNotFound, PrimaryKeyExists
from storage.models import Job, Table
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import reshape
from storage.services.write_target import WriteTarget, write_target


@change("add_primary_key")
@operation("add_primary_key", resource_type="table", need=Need.WRITE)
def add_primary_key(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    columns: Sequence[str],
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make these columns the key, in this order, and NOT NULL.

    Raises KeyColumnNotFound, PrimaryKeyExists, and PrimaryKeyViolation if the rows repeat the key or hold NULL in it.
    """
    with (
        write_target(table, branch_id, monitor) as target,
        refusals_named("add primary key", code="add_primary_key_failed"),
    ):
        return reshape(
            "add_primary_key",
            actor=actor,
            target=target,
            after=_keyed(target, tuple(columns)),
            sources=target.base.spec.column_names,
            job=job,
            monitor=monitor,
            details={"columns": list(columns)},
        )


def _keyed(target: WriteTarget, key: tuple[str, ...]) -> TableSpec:
    spec = target.base.spec
    for column in key:
        if column not in spec.column_names:
            raise KeyColumnNotFound(target.name, column, spec.column_names)
    if spec.primary_key:
        raise PrimaryKeyExists(target.name, spec.primary_key)
    if len(set(key)) < len(key):
        raise InvalidColumn("A column occurs twice in the primary key.")
    columns = tuple(replace(column, nullable=column.nullable and column.name not in key) for column in spec.columns)
    return TableSpec(columns, key)

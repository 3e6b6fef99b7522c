"""Alter a column of a table: its name, type, NOT NULL and default."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.errors import Kind
from kbstore.operations import operation
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.types import normalize_column
from storage.errors import ColumnExists, InvalidColumn, NoChangesSpecified, OperationFailed, PrimaryKeyViolation
from storage.models import Job, Table
from storage.names import check_column_name
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import existing_column, reshape
from storage.services.write_target import WriteTarget, write_target

_CODE = "alter_column_failed"


@change("alter_column")
@operation("alter_column", resource_type="column", need=Need.WRITE)
def alter_column(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    column: str,
    new_name: str | None,
    new_type: str | None,
    set_not_null: bool | None,
    set_default: str | None,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make all changes that are not None, in one version; an empty `set_default` drops the default.

    The values convert to a new type, and the default has to; those that are there keep their values when the default
    changes. A column of the key stays in it, under its new name, and NOT NULL. Raises ColumnNotFound,
    NoChangesSpecified, ColumnExists, InvalidName, and OperationFailed (INVALID for a bad type or default, CONFLICT for
    rows that do not fit).
    """
    changes = {"new_name": new_name, "new_type": new_type, "set_not_null": set_not_null, "set_default": set_default}
    made = {name: value for name, value in changes.items() if value is not None}
    with (
        write_target(table, branch_id, monitor) as target,
        refusals_named("alter column", code=_CODE, column_name=column),
    ):
        after = _altered(target, existing_column(target, column), made)
        try:
            return reshape(
                "alter_column",
                actor=actor,
                target=target,
                after=after,
                sources=target.base.spec.column_names,
                job=job,
                monitor=monitor,
                details={"column_name": column, **made},
            )
        except PrimaryKeyViolation as error:
            details = {"column_name": column}
            raise OperationFailed(
                "alter column", error.message, code=_CODE, details=details, kind=Kind.CONFLICT
            ) from error


def _altered(target: WriteTarget, old: ColumnSpec, made: dict[str, Any]) -> TableSpec:
    spec = target.base.spec
    if not made:
        raise NoChangesSpecified
    name = made.get("new_name", old.name)
    _check_new_name(old.name, name, spec.column_names)
    default = made.get("set_default", old.default)
    asked = ColumnSpec(
        name,
        made.get("new_type", old.type),
        not made["set_not_null"] if "set_not_null" in made else old.nullable,
        None if default == "" else default,
        old.length,
    )
    new = normalize_column(asked, in_key=old.name in spec.primary_key)
    return replace(
        spec,
        columns=tuple(new if column.name == old.name else column for column in spec.columns),
        primary_key=tuple(name if column == old.name else column for column in spec.primary_key),
    )


def _check_new_name(old: str, new: str, existing: tuple[str, ...]) -> None:
    if new.casefold() in {name.casefold() for name in existing if name != old}:
        raise ColumnExists.on_rename(new)
    if not new:
        raise InvalidColumn("The new name is empty.")
    check_column_name(new)

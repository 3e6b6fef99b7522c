"""Alter a column as a host describes it: some of its type, length, NOT NULL and default, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.errors import Kind
from kbstore.operations import operation
from storage.engine.foreign_types import described_default, described_type
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.types import normalize_column
from storage.errors import InvalidColumn, OperationFailed, PrimaryKeyViolation
from storage.models import Job, Table
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import existing_column, reshape
from storage.services.write_target import write_target

_CODE = "alter_column_failed"


@change("redescribe_column")
@operation("alter_column", resource_type="column", need=Need.WRITE)
def redescribe_column(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    column: str,
    type: str | None = None,
    length: str | None = None,
    nullable: bool | None = None,
    default: str | None = None,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make all changes that are not None, in one version. They are as `described_column` takes them.

    A length only grows, unless the type changes with it; an empty default is none. Raises ColumnNotFound, and
    OperationFailed (INVALID for a bad type, length or default, CONFLICT for rows that do not fit).
    """
    changes = {"type": type, "length": length, "nullable": nullable, "default": default}
    details = {"column_name": column}
    with write_target(table, branch_id, monitor) as target, refusals_named("alter column", code=_CODE, **details):
        spec = target.base.spec
        try:
            return reshape(
                "alter_column",
                actor=actor,
                target=target,
                after=_altered(spec, existing_column(target, column), changes),
                sources=spec.column_names,
                job=job,
                monitor=monitor,
                details=details | {name: value for name, value in changes.items() if value is not None},
            )
        except PrimaryKeyViolation as error:
            raise OperationFailed(
                "alter column", error.message, code=_CODE, details=details, kind=Kind.CONFLICT
            ) from error


def _altered(spec: TableSpec, old: ColumnSpec, changes: dict[str, Any]) -> TableSpec:
    type_text, characters = _type_of(old, changes["type"], changes["length"])
    default, nullable = changes["default"], changes["nullable"]
    asked = ColumnSpec(
        old.name,
        type_text,
        old.nullable if nullable is None else nullable,
        old.default if default is None else described_default(default, type_text),
        characters,
    )
    new = normalize_column(asked, in_key=old.name in spec.primary_key)
    return replace(spec, columns=tuple(new if column.name == old.name else column for column in spec.columns))


def _type_of(old: ColumnSpec, type_name: str | None, length: str | None) -> tuple[str, int | None]:
    """The next type and length of the text. Raises InvalidColumn for a length that shrinks, or of a type without."""
    kind = old.type.partition("(")[0]
    if type_name is None and length is None:
        return old.type, old.length
    if type_name is None and kind not in ("VARCHAR", "DECIMAL"):
        raise InvalidColumn(f"A column of type {old.type[:100]} has no length.")
    type_text, characters = described_type(kind if type_name is None else type_name, length or "")
    if length is None and characters is None and type_text == kind == "VARCHAR":
        return type_text, old.length
    if length is not None and type_text.partition("(")[0] == kind:
        _require_widening(old, type_text, characters)
    return type_text, characters


def _require_widening(old: ColumnSpec, type_text: str, characters: int | None) -> None:
    if old.length is not None and characters is not None and characters < old.length:
        raise InvalidColumn(f"The length of column {old.name} can only grow: it is {old.length}.")
    if not old.type.startswith("DECIMAL("):
        return
    (old_width, old_scale), (width, scale) = (_numbers(text) for text in (old.type, type_text))
    if scale != old_scale:
        raise InvalidColumn(f"The scale of column {old.name} cannot change: it is {old_scale}.")
    if width < old_width:
        raise InvalidColumn(f"The precision of column {old.name} can only grow: it is {old_width}.")


def _numbers(decimal: str) -> tuple[int, int]:
    width, scale = decimal.removeprefix("DECIMAL(").rstrip(")").split(",")
    return int(width), int(scale)

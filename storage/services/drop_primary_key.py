"""Take the primary key from a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage.engine.monitor import Monitor
from storage.errors import NoPrimaryKey
from storage.models import Job, Table
from storage.services.change_table import change, refusals_named
from storage.services.reshape_table import reshape
from storage.services.write_target import write_target


@change("drop_primary_key")
@operation("drop_primary_key", resource_type="table", need=Need.WRITE)
def drop_primary_key(
    *, actor: Actor, project_id: str, branch_id: str, table: Table, job: Job, monitor: Monitor
) -> dict[str, Any]:
    """The rows may repeat the former key from now on; its columns stay NOT NULL. Instant. Raises NoPrimaryKey."""
    with (
        write_target(table, branch_id, monitor) as target,
        refusals_named("drop primary key", code="drop_primary_key_failed"),
    ):
        spec = target.base.spec
        if not spec.primary_key:
            raise NoPrimaryKey(target.name)
        return reshape(
            "drop_primary_key",
            actor=actor,
            target=target,
            after=replace(spec, primary_key=()),
            sources=spec.column_names,
            job=job,
            monitor=monitor,
            details={"previous_primary_key": list(spec.primary_key)},
        )

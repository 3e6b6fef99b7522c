"""Delete the rows of a table that match a condition."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.engine.deletion import check_deletion, means_every_row
from storage.engine.expressions import MAX_EXPRESSION_CHARACTERS
from storage.engine.monitor import Monitor
from storage.engine.specs import Deletion
from storage.errors import InvalidWhereClause
from storage.jobs.commit import note_success
from storage.models import Job, Table
from storage.runtime import engine
from storage.services.change_table import change, request_change
from storage.services.named_faults import named_faults
from storage.services.publish_version import Publication, publish
from storage.services.snapshot_before import DELETE_ALL_ROWS, snapshot_before
from storage.services.write_target import WriteTarget, write_target

_SHOWN_CHARACTERS = 200


def request_deletion(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    where_clause: str,
    force: bool = False,
    respond_async: bool = False,
) -> Job:
    """Delete rows as a job, see `request_change` and `delete_rows`."""
    if len(where_clause) > MAX_EXPRESSION_CHARACTERS:
        # Refused before a job keeps it.
        raise InvalidWhereClause("it is too long", where_clause, detail_name="where_clause")
    return request_change(
        actor=actor,
        project_id=project_id,
        branch_id=branch_id,
        bucket_name=bucket_name,
        table_name=table_name,
        change="delete_rows",
        order={"where_clause": where_clause, "force": force},
        respond_async=respond_async,
    )


@change("delete_rows")
@operation("delete_rows", resource_type="table", need=Need.WRITE)
def delete_rows(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    where_clause: str,
    force: bool,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Delete; if all rows go, a snapshot precedes it where the settings ask for one.

    `where_clause` is one expression over the columns that may ask the table itself in sub-queries, and nothing else.
    Where no row matches there is no new version, only the event. Raises InvalidWhereClause, and SnapshotFailed, which
    `force` overrides.
    """
    check_deletion(where_clause, table.current_version.spec)
    with write_target(table, branch_id, monitor) as target, named_faults("delete rows", code="delete_rows_failed"):
        base = target.base
        deletion = engine().delete_rows(project_id, base.spec, base.ref, where_clause, monitor)
        all_go = means_every_row(where_clause) or deletion.deleted_rows == base.row_count > 0
        result = {
            "deleted_rows": deletion.deleted_rows,
            "table_rows_after": base.row_count - deletion.deleted_rows,
        }
        publication = Publication(
            operation="delete_rows",
            actor_label=actor.label,
            job=job,
            result=result,
            details={
                "bucket_name": target.bucket.name,
                "table_name": target.name,
                "where_clause": where_clause[:_SHOWN_CHARACTERS],
                **result,
            },
            also=lambda: _keep(target, actor, force=force) if all_go else None,
        )
        _commit(target, deletion, publication, job)
    monitor.rows = deletion.deleted_rows
    return result


def _commit(target: WriteTarget, deletion: Deletion, publication: Publication, job: Job) -> None:
    if deletion.sealed is not None:
        publish(target, deletion.sealed, publication)
        return
    with transaction.atomic():
        if publication.also is not None:
            publication.also()
        record_success(target.resource_id, job_id=job.id, **publication.details)
        note_success(job, publication.result)


def _keep(target: WriteTarget, actor: Actor, *, force: bool) -> None:
    if target.table is not None:
        snapshot_before(DELETE_ALL_ROWS, table=target.table, actor_label=actor.label, force=force)

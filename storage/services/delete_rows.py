"""Delete the rows of a table that match a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.engine.deletion import check_condition, means_every_row
from storage.engine.errors import VersionGone
from storage.engine.expressions import MAX_EXPRESSION_CHARACTERS
from storage.engine.monitor import Monitor
from storage.engine.specs import Deletion, RowSelection
from storage.errors import InvalidWhereClause
from storage.jobs.commit import note_success
from storage.models import Job, Table, TableVersion
from storage.runtime import engine
from storage.services.change_table import change, request_change
from storage.services.named_faults import named_faults
from storage.services.publish_version import Publication, publish
from storage.services.referenced_rows import TableReference, check_references, with_references
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


def request_selected_deletion(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    selection: RowSelection,
    references: Sequence[TableReference] = (),
) -> Job:
    """The same for the rows that meet all conditions of a selection and of references; without any, all rows.

    The result also says `table_size_bytes_after`. Raises FilterRefused, Forbidden for a table that it may not read.
    """
    check_references(actor, references)
    return request_change(
        actor=actor,
        project_id=project_id,
        branch_id=branch_id,
        bucket_name=bucket_name,
        table_name=table_name,
        change="delete_selected_rows",
        order={"selection": selection.to_json(), "references": [reference.to_json() for reference in references]},
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
    check_condition(where_clause, table.current_version.spec)
    told = {"where_clause": where_clause[:_SHOWN_CHARACTERS]}
    with write_target(table, branch_id, monitor) as target, named_faults("delete rows", code="delete_rows_failed"):
        return _delete(target, where_clause, told, actor=actor, force=force, job=job, monitor=monitor)


@change("delete_selected_rows")
@operation("delete_rows", resource_type="table", need=Need.WRITE)
def delete_selected_rows(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    selection: dict[str, Any],
    references: Sequence[dict[str, Any]],
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """The same for a selection with references, both as JSON. Raises FilterRefused, SnapshotFailed."""
    wanted, others = RowSelection.from_json(selection), [TableReference(**one) for one in references]
    check_condition(with_references(wanted, others), table.current_version.spec)
    told = {"filtered_by": [one.column for one in (*wanted.filters, *others)]}
    with write_target(table, branch_id, monitor) as target, named_faults("delete rows", code="delete_rows_failed"):

        def delete() -> dict[str, Any]:
            where = with_references(wanted, others)
            return _delete(target, where, told, actor=actor, force=False, job=job, monitor=monitor)

        try:
            return delete()
        except VersionGone:
            # A writer of a table that is referred to let go of its version between the look-up and the attach.
            return delete()


def _delete(
    target: WriteTarget,
    where: str | RowSelection,
    told: dict[str, Any],
    *,
    actor: Actor,
    force: bool,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """`told` is what the event says of the condition."""
    base = target.base
    deletion = engine().delete_rows(target.bucket.project_id, base.spec, base.ref, where, monitor)
    all_go = means_every_row(where) or deletion.deleted_rows == base.row_count > 0
    result = {"deleted_rows": deletion.deleted_rows, "table_rows_after": base.row_count - deletion.deleted_rows}
    publication = Publication(
        operation="delete_rows",
        actor_label=actor.label,
        job=job,
        result=result if isinstance(where, str) else result | {"table_size_bytes_after": _size_after(base, deletion)},
        details={"bucket_name": target.bucket.name, "table_name": target.name, **told, **result},
        also=lambda: _keep(target, actor, force=force) if all_go else None,
    )
    _commit(target, deletion, publication, job)
    monitor.rows = deletion.deleted_rows
    return publication.result


def _size_after(base: TableVersion, deletion: Deletion) -> int:
    return base.size_bytes if deletion.sealed is None else deletion.sealed.size_bytes


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

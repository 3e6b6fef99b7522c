"""Make a table of rows of another one, with its columns and key: the request, and the job that does it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from kbstore.access import Actor, Need, Role
from kbstore.errors import KbstoreError
from kbstore.operations import operation
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.import_specs import RowImport
from storage.engine.monitor import Monitor
from storage.engine.registry import DifferentBackends
from storage.engine.specs import SealedVersion
from storage.errors import ImportRefused, TableExists
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Job, Table, TableView
from storage.names import check_table_name
from storage.runtime import engine
from storage.services.create_table import checked_spec
from storage.services.publish_version import Publication, publish, publish_new_table, require_no_view
from storage.services.row_source import OpenedRows, RowChoice, RowSource, TableSource
from storage.services.snapshot_before import DROP_TABLE, snapshot_before
from storage.services.structure_lock import structure_locked
from storage.services.write_target import WriteTarget, write_target

JOB_TYPE = "table_clone"


@dataclass(frozen=True)
class CloneOrder:
    """`replaces` puts the clone in the place of a table or view that is there; else that is an error."""

    choice: RowChoice
    replaces: bool = False


def request_clone(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    name: str,
    source: TableSource,
    order: CloneOrder,
) -> Job:
    """Make a table of another one as a job, and wait for its end; no row is copied where all are taken.

    Raises TableExists, TableNotFound, BucketReadOnly, ImportRefused for a table that would replace itself.
    """
    source.require_read(actor)
    source.find()
    if source == TableSource(project_id, branch_id, bucket_name, name):
        raise ImportRefused("Source and destination are the same table: only INCREMENTAL imports can do that.")
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    job = new_clone_job(JOB_TYPE, actor=actor, **place, name=name, source=source, order=order)
    return submit(job, respond_async=False)


def new_clone_job(
    job_type: str,
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    name: str,
    source: RowSource,
    order: CloneOrder,
) -> Job:
    """An unsaved job that `clone_of` does. Raises Forbidden, BucketReadOnly, TableExists, ViewExists, InvalidName."""
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    if _existing(project_id, branch_id, bucket_name, name) is None:
        check_table_name(name)
        if not order.replaces:
            place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
            require_no_view(catalog.find_bucket(**place), catalog.find_branch(project_id, branch_id), name)
    elif not order.replaces:
        raise TableExists(project_id, bucket_name, name)
    return Job(
        project_id=project_id,
        branch=catalog.find_branch(project_id, branch_id),
        type=job_type,
        bucket_name=bucket_name,
        table_name=name,
        params={
            "source": source.to_json(),
            "choice": order.choice.to_json(),
            "replaces": order.replaces,
            "branch_id": branch_id,
        },
        requested_by=actor.label,
    )


@register(JOB_TYPE)
def run_clone(job: Job, monitor: Monitor) -> dict[str, Any]:
    return clone_of(job, TableSource(**job.params["source"]), monitor)


def clone_of(job: Job, source: RowSource, monitor: Monitor) -> dict[str, Any]:
    """Do what `new_clone_job` wrote down."""
    return clone_table(
        # Rights were checked when the job was asked for.
        actor=Actor(Role.ADMIN, job.requested_by),
        project_id=job.project_id,
        branch_id=job.params["branch_id"],
        bucket_name=job.bucket_name,
        name=job.table_name,
        source=source,
        order=CloneOrder(RowChoice.from_json(job.params["choice"]), job.params["replaces"]),
        job=job,
        monitor=monitor,
    )


@operation("clone_table", resource_type="table", need=Need.WRITE)
def clone_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    name: str,
    source: RowSource,
    order: CloneOrder,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """The result of the job. The table appears, or is replaced, in one moment; its definition is the source's."""
    begun = time.monotonic()
    with source.opened(order.choice, timezone.now(), monitor) as opened:
        place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
        sealed, is_copy = _sealed(place, name, opened, monitor)
    result = _result(opened, sealed, copied=sealed.row_count if is_copy else 0, seconds=time.monotonic() - begun)
    publication = Publication(
        operation="clone",
        actor_label=actor.label,
        job=job,
        result=result,
        details={"bucket_name": bucket_name, "table_name": name, "row_count": sealed.row_count, "is_copy": is_copy},
    )
    try:
        _publish(place, name, sealed, publication, replaces=order.replaces, monitor=monitor)
    except KbstoreError:
        engine().discard([sealed.ref])
        raise
    monitor.rows = sealed.row_count
    return result


def _sealed(place: dict[str, str], name: str, opened: OpenedRows, monitor: Monitor) -> tuple[SealedVersion, bool]:
    """A version for the clone, and whether rows were copied for it."""
    project_id = place["project_id"]
    if opened.version is not None:
        try:
            return engine().duplicate(opened.version, project_id), False
        except (DifferentBackends, VersionGone):
            pass
    spec = checked_spec(catalog.find_writable_bucket(**place), name, opened.shape)
    empty = engine().create(project_id, spec)
    order = RowImport(opened.relation, timezone.now(), strategy="user_defined_table", dedup_mode="insert_duplicates")
    try:
        return engine().import_rows(project_id, spec, empty.ref, order, monitor).sealed, True
    finally:
        engine().discard([empty.ref])


def _publish(
    place: dict[str, str],
    name: str,
    sealed: SealedVersion,
    publication: Publication,
    *,
    replaces: bool,
    monitor: Monitor,
) -> None:
    existing = _existing(**place, name=name)
    if existing is not None and replaces:
        with write_target(existing, place["branch_id"], monitor) as target:
            publish(target, sealed, _keeping(target, publication))
        return
    with structure_locked(place["project_id"]):
        bucket = catalog.find_writable_bucket(**place)
        branch = catalog.find_branch(place["project_id"], place["branch_id"])
        if replaces:
            view = TableView.objects.filter(bucket=bucket, branch=branch, name=name)
            publication = replace(publication, also=view.delete)
        publish_new_table(bucket=bucket, branch=branch, name=name, sealed=sealed, publication=publication)


def _keeping(target: WriteTarget, publication: Publication) -> Publication:
    """What is replaced is as good as dropped: settings may ask for a snapshot of it."""
    table = target.table
    if table is None:
        return publication
    label = publication.actor_label
    return replace(publication, also=lambda: snapshot_before(DROP_TABLE, table=table, actor_label=label))


def _existing(project_id: str, branch_id: str, bucket_name: str, name: str) -> Table | None:
    """Raises BucketReadOnly, BucketNotFound."""
    bucket = catalog.find_writable_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    branch = catalog.find_branch(project_id, branch_id)
    found = catalog.visible_tables(bucket, branch).filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        return None
    return catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=name
    )


def _result(opened: OpenedRows, sealed: SealedVersion, *, copied: int, seconds: float) -> dict[str, Any]:
    """As that of an import."""
    return {
        "imported_rows": copied,
        "table_rows_after": sealed.row_count,
        "table_size_bytes": sealed.size_bytes,
        "columns": [target for _, target in opened.relation.columns],
        "table_columns": list(sealed.spec.column_names),
        "timers": [["total", round(seconds, 6)]],
        "warnings": [],
    }

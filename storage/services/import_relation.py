"""Import the rows of a table into another one: the request, and the job that does it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.monitor import Monitor
from storage.errors import ImportRefused
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import Target, new_table_job, target_of
from storage.models import Job, Table
from storage.runtime import engine
from storage.services.import_rows import ImportRules, publish_rows, row_import_result
from storage.services.row_source import RowChoice, RowSource, TableSource, require_agreement
from storage.services.write_target import write_target

JOB_TYPE = "table_copy_rows"


def request_table_copy(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    source: TableSource,
    choice: RowChoice,
    rules: ImportRules,
) -> Job:
    """Import rows of one table into another as a job, and wait for its end.

    Both may be the same for an incremental import only. Raises TableNotFound, BucketReadOnly, ImportRefused and what
    the import raises: the destination then holds exactly what it held before.
    """
    source.require_read(actor)
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name, "table_name": table_name}
    table = find_destination(actor=actor, **place)
    if source == TableSource(**place) and not rules.incremental:
        raise ImportRefused("Source and destination are the same table: only INCREMENTAL imports can do that.")
    order = relation_order(source, choice, rules)
    return submit(
        new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order=order), respond_async=False
    )


def find_destination(*, actor: Actor, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table:
    """A table that the caller may write to. Raises Forbidden, TableNotFound, BucketReadOnly."""
    actor.require(Need.WRITE, project_id=project_id, branch_id=branch_id)
    return catalog.find_writable_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )


def relation_order(source: RowSource, choice: RowChoice, rules: ImportRules) -> dict[str, Any]:
    """What a job of such an import keeps; `rules_of` and `choice_of` read it."""
    return {
        "source": source.to_json(),
        "choice": choice.to_json(),
        "rules": asdict(rules),
        "format": "table",
        "incremental": rules.incremental,
    }


@register(JOB_TYPE)
def run_table_copy(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    return import_relation_of(job, target, TableSource(**target.order["source"]), monitor)


def import_relation_of(job: Job, target: Target, source: RowSource, monitor: Monitor) -> dict[str, Any]:
    """Do what `relation_order` wrote down."""
    return import_relation(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        table=target.table,
        source=source,
        choice=RowChoice.from_json(target.order["choice"]),
        rules=ImportRules.from_json(target.order["rules"]),
        job=job,
        monitor=monitor,
    )


@operation("import_table", resource_type="table", need=Need.WRITE)
def import_relation(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    table: Table,
    source: RowSource,
    choice: RowChoice,
    rules: ImportRules,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """Make the next version of a table from rows of another one. If any step fails the current version stays.

    The source is an immutable file by the time the destination is locked: no two imports wait for each other.
    """
    begun, started = time.monotonic(), timezone.now()
    with source.opened(choice, started, monitor) as opened:
        fetched = time.monotonic() - begun
        with write_target(table, branch_id, monitor) as target:
            base = target.base
            if rules.strategy == "user_defined_table":
                require_agreement(opened.shape, base.spec)
            order = rules.of(opened.relation, started)
            outcome = engine().import_rows(project_id, base.spec, base.ref, order, monitor)
            result = row_import_result(outcome, seconds=time.monotonic() - begun, fetched=fetched)
            publish_rows(target, outcome, rules=rules, actor=actor, job=job, result=result)
    monitor.rows = outcome.counts.imported
    return result

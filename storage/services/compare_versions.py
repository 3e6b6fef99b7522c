"""Compare two versions of a table: the request, the job that does it, and the results that are still known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.monitor import Monitor
from storage.errors import VersionNotFound
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, JobState, TableVersion
from storage.runtime import engine
from storage.services.find_version import find_version
from storage.services.named_faults import named_faults

JOB_TYPE = "table_compare"
#: What has ended in these has compared nothing.
FAILED = (JobState.ERROR, JobState.CANCELLED)


def request_comparison(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    older: str,
    newer: str,
    respond_async: bool = False,
) -> Job:
    """Compare two versions, given by number or id, as a job whose result is a `Comparison` as JSON. Takes no lock.

    Versions never change: a job that compared the same two, or does so now, is returned instead of a new one.
    Raises VersionNotFound.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    table = catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    pair = {"older": find_version(table, older).pk, "newer": find_version(table, newer).pk}
    job = new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order=pair)
    known = known_job(JOB_TYPE, project_id=job.project_id, pair=pair, unless=FAILED)
    return known or submit(job, respond_async=respond_async)


def known_job(
    job_type: str, *, project_id: str, pair: Mapping[str, str], unless: tuple[JobState, ...] = ()
) -> Job | None:
    """The newest job of that type that compared these two versions, or does; of none of the states in `unless`."""
    wanted = {f"params__{name}": version_id for name, version_id in pair.items()}
    return Job.objects.filter(project=project_id, type=job_type, **wanted).exclude(state__in=unless).first()


@register(JOB_TYPE)
def run_comparison(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    return compare_versions(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        older=find_version(target.table, target.order["older"]),
        newer=find_version(target.table, target.order["newer"]),
        job=job,
        monitor=monitor,
    )


@operation("compare_versions", resource_type="table", need=Need.READ)
def compare_versions(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    older: TableVersion,
    newer: TableVersion,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """The comparison as JSON, with the numbers of both versions and the columns that only one of them has."""
    with named_faults("compare versions", code="compare_versions_failed"):
        try:
            comparison = engine().compare(older.ref, newer.ref, older.spec, newer.spec, monitor)
        except VersionGone as error:
            raise VersionNotFound(job.table_name, f"{older.number} or {newer.number}") from error
    result = {"older": older.number, "newer": newer.number} | _columns(older, newer) | asdict(comparison)
    monitor.rows = comparison.added + comparison.removed + comparison.changed + comparison.unchanged
    with transaction.atomic():
        record_success(
            f"{job.bucket_name}.{job.table_name}",
            job_id=job.pk,
            older=older.number,
            newer=newer.number,
            added=comparison.added,
            removed=comparison.removed,
            changed=comparison.changed,
        )
        note_success(job, result)
    return result


def _columns(older: TableVersion, newer: TableVersion) -> dict[str, list[str]]:
    """Names, in the order of their version."""
    before, after = ({column["name"]: column["type"] for column in one.columns} for one in (older, newer))
    return {
        "added_columns": [name for name in after if name not in before],
        "removed_columns": [name for name in before if name not in after],
        "retyped_columns": [name for name in after if name in before and before[name] != after[name]],
    }

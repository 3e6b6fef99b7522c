"""Profile a table: the request, the job that does it, and the results that are kept with the versions they are of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.errors import VersionGone
from storage.engine.monitor import Monitor
from storage.jobs.commit import note_success
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, JobState, TableProfile, TableVersion
from storage.runtime import engine
from storage.services.named_faults import named_faults

JOB_TYPE = "table_profile"
#: The mode of the storage driver: exact counts and sizes of each column.
OUTLINE = "outline"


@dataclass(frozen=True)
class ProfileOrder:
    """What to find out: `mode` is one of the contract, or `OUTLINE`; `sample` is how many rows to look at."""

    mode: str = "basic"
    sample: int | None = None


def request_profile(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    order: ProfileOrder,
    respond_async: bool = False,
) -> Job:
    """Profile the current version as a job; finished on return unless asked otherwise. Takes no lock.

    A caller who waits gets what is kept of that version without any work: then the job is one that was never saved.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    table = catalog.find_table(
        project_id=project_id, branch_id=branch_id, bucket_name=bucket_name, table_name=table_name
    )
    job = new_table_job(JOB_TYPE, actor=actor, table=table, branch_id=branch_id, order=asdict(order))
    kept = None if respond_async else kept_profile(table.current_version, order)
    if kept is None:
        return submit(job, respond_async=respond_async)
    job.result = tell_kept_profile(
        actor=actor, project_id=project_id, branch_id=branch_id, job=job, profile=kept, order=order
    )
    job.state = JobState.SUCCESS
    return job


@register(JOB_TYPE)
def run_profile(job: Job, monitor: Monitor) -> dict[str, Any]:
    def profile() -> dict[str, Any]:
        target = target_of(job)
        return profile_table(
            actor=target.actor,
            project_id=job.project_id,
            branch_id=target.branch_id,
            bucket_name=job.bucket_name,
            table_name=job.table_name,
            version=target.table.current_version,
            order=ProfileOrder(**target.order),
            job=job,
            monitor=monitor,
        )

    try:
        return profile()
    except VersionGone:
        # Writers let go of the version while this waited for its turn: there is a newer one.
        return profile()


@operation("profile_table", resource_type="table", need=Need.READ)
def profile_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    version: TableVersion,
    order: ProfileOrder,
    job: Job,
    monitor: Monitor,
) -> dict[str, Any]:
    """The profile of one version, under the names the table was asked for by; computed if it is not kept already."""
    profile = kept_profile(version, order)
    if profile is None:
        with named_faults("profile table", code="profile_table_failed"):
            profile = engine().profile(version.ref, version.spec, order.mode, monitor, order.sample)
        if order.mode == OUTLINE:
            profile["size_bytes"] = version.size_bytes
        keep_profile(version, order, profile)
    monitor.rows = profile["row_count"]
    with transaction.atomic():
        result = told(profile, job, order=order, branch_id=branch_id, job_id=job.pk)
        note_success(job, result)
    return result


@operation("profile_table", resource_type="table", need=Need.READ)
def tell_kept_profile(
    *, actor: Actor, project_id: str, branch_id: str, job: Job, profile: dict[str, Any], order: ProfileOrder
) -> dict[str, Any]:
    """The answer to a request for a profile that is kept."""
    return told(profile, job, order=order, branch_id=branch_id)


def told(
    profile: dict[str, Any], job: Job, *, order: ProfileOrder, branch_id: str, job_id: str | None = None
) -> dict[str, Any]:
    """The answer, noted in the audit log. A version can be seen under several names: they come from the request."""
    record_success(
        f"{job.bucket_name}.{job.table_name}",
        job_id=job_id,
        row_count=profile["row_count"],
        column_count=profile["column_count"],
        mode=order.mode,
        quality_score=profile["quality_score"],
        branch_id=branch_id,
    )
    return {"table_name": job.table_name, "bucket_name": job.bucket_name, **profile}


def kept_profile(version: TableVersion, order: ProfileOrder) -> dict[str, Any] | None:
    """What was found out of this version before. Samples are not kept: each is of other rows."""
    if order.sample is not None:
        return None
    return TableProfile.objects.filter(version=version, mode=order.mode).values_list("result", flat=True).first()


def keep_profile(version: TableVersion, order: ProfileOrder, profile: dict[str, Any]) -> None:
    """Keep it as long as the version lives; if it has gone already, there is nothing to keep it for."""
    if order.sample is not None:
        return
    kept = TableProfile(version=version, mode=order.mode, result=profile)
    try:
        with transaction.atomic():
            TableProfile.objects.bulk_create([kept], ignore_conflicts=True)
    except IntegrityError:
        return

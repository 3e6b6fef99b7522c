"""Compare the rows of a branch's own version of a table with those of main: the request, and the job that does it."""

from __future__ import annotations

from typing import Any

from kbstore.access import Actor, Need
from storage import catalog
from storage.engine.monitor import Monitor
from storage.errors import TableNotInBranch, TableNotInMain, VersionNotFound
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.jobs.table_job import new_table_job, target_of
from storage.models import Job, JobState, Table, TableVersion
from storage.services.compare_versions import FAILED, compare_versions, known_job

JOB_TYPE = "branch_compare"


def request_comparison_with_main(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    respond_async: bool = False,
) -> Job:
    """From main's current version to the branch's, as a job whose result is that of `compare_versions`. Takes no lock.

    Versions never change: a job that compared the same two, or does so now, is returned instead of a new one.
    Raises BranchNotFound, TableNotInBranch, TableNotInMain.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    catalog.find_dev_branch(project_id, branch_id)
    place = {"project_id": project_id, "bucket_name": bucket_name, "table_name": table_name}
    own = catalog.find_table(**place, branch_id=branch_id)
    if own.branch_id is None:
        raise TableNotInBranch(project_id, branch_id, bucket_name, table_name)
    main = Table.objects.filter(bucket=own.bucket_id, branch=None, name=own.name).first()
    if main is None:
        raise TableNotInMain(project_id, bucket_name, table_name)
    known = known_comparison(own, main, unless=FAILED)
    if known is not None:
        return known
    job = new_table_job(JOB_TYPE, actor=actor, table=own, branch_id=branch_id, order=_pair(own, main))
    return submit(job, respond_async=respond_async)


def known_comparison(own: Table, main: Table, *, unless: tuple[JobState, ...] = ()) -> Job | None:
    """The newest job that compared these two as they are now, or does; of none of the states in `unless`."""
    return known_job(JOB_TYPE, project_id=own.bucket.project_id, pair=_pair(own, main), unless=unless)


@register(JOB_TYPE)
def run_comparison_with_main(job: Job, monitor: Monitor) -> dict[str, Any]:
    target = target_of(job)
    versions = {version.pk: version for version in TableVersion.objects.filter(pk__in=target.order.values())}
    if len(versions) < len(target.order):
        raise VersionNotFound(job.table_name, "of main or of the branch")
    return compare_versions(
        actor=target.actor,
        project_id=job.project_id,
        branch_id=target.branch_id,
        older=versions[target.order["older"]],
        newer=versions[target.order["newer"]],
        job=job,
        monitor=monitor,
    )


def _pair(own: Table, main: Table) -> dict[str, str]:
    return {"older": main.current_version_id, "newer": own.current_version_id}

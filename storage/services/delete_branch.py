"""Delete a dev branch with everything that it holds: the request, and the work, in the request or as a job."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kbstore import faults, metrics
from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage import catalog
from storage.engine.monitor import Monitor
from storage.engine.specs import VersionRef
from storage.errors import BranchNotFound
from storage.jobs.commit import note_success
from storage.jobs.execution import cancel_here
from storage.jobs.registry import register
from storage.jobs.submit import submit
from storage.models import Branch, Job, Snapshot, Table, TableVersion
from storage.models.job import UNFINISHED
from storage.runtime import engine
from storage.services.drop_tables import LEFTOVERS, drop_rows, hold, wait_for_writers
from storage.services.named_faults import named_faults
from storage.services.release_versions import delete_unpinned, forget, hold_versions
from storage.services.structure_lock import branch_structure_locked
from storage.services.write_target import lock_keys_of

JOB_TYPE = "branch_delete"


def request_delete_branch(*, actor: Actor, project_id: str, branch_id: str, respond_async: bool = False) -> Job | None:
    """Delete the branch now, or, when asked to, as the job that is returned. Raises ProjectNotFound, BranchNotFound."""
    if not respond_async:
        delete_branch(actor=actor, project_id=project_id, branch_id=branch_id)
        return None
    actor.require(Need.MANAGE, project_id=project_id, branch_id=branch_id)
    catalog.find_dev_branch(project_id, branch_id)
    # Not a job of the branch: it has to outlive it.
    job = Job(project_id=project_id, type=JOB_TYPE, params={"branch_id": branch_id}, requested_by=actor.label)
    return submit(job, respond_async=True)


@register(JOB_TYPE)
def run_delete_branch(job: Job, monitor: Monitor) -> dict[str, Any]:
    """Rights were checked when the job was asked for."""
    branch_id = job.params["branch_id"]
    actor = Actor(Role.ADMIN, job.requested_by)
    delete_branch(actor=actor, project_id=job.project_id, branch_id=branch_id, job=job)
    return _result(branch_id)


@operation("delete_branch", resource_type="branch", need=Need.MANAGE)
def delete_branch(*, actor: Actor, project_id: str, branch_id: str, job: Job | None = None) -> None:
    """Its keys, tables, snapshots and jobs go in one transaction, then its directory and files. Main stays as it is.

    What still works in the branch is stopped and changes nothing. A crash after the transaction leaves files that
    nobody refers to, which doctor finds. Raises ProjectNotFound, BranchNotFound.
    """
    catalog.find_dev_branch(project_id, branch_id)
    with branch_structure_locked(project_id, branch_id):
        with transaction.atomic():
            # In the order in which publishing locks them, or both would wait for each other.
            hold(Table.objects.filter(branch=branch_id))
            list(Job.objects.filter(branch=branch_id).select_for_update(of=("self",)).order_by("pk").only("pk"))
            # Locked, so that nobody can add to the branch what the deletion would not see.
            branch = Branch.objects.select_for_update().filter(pk=branch_id, project=project_id).first()
            if branch is None:
                raise BranchNotFound(project_id, branch_id)
            lock_keys = [key for table in Table.objects.filter(branch=branch) for key in lock_keys_of(table)]
            running = list(Job.objects.filter(branch=branch, state__in=UNFINISHED).values_list("pk", flat=True))
            pinned = list(Snapshot.objects.filter(branch=branch).values_list("version", flat=True))
            refs = _delete_rows(branch, pinned)
            record_success(branch_id, job_id=job.pk if job else None, name=branch.name, table_count=len(lock_keys) // 2)
            if job is not None:
                note_success(job, _result(branch_id))
        faults.reach("branch.deleted")
        for job_id in running:
            cancel_here(job_id, BranchNotFound(project_id, branch_id))
        wait_for_writers(lock_keys)
        details = {"project_id": project_id, "branch_id": branch_id}
        with named_faults("delete branch", code="delete_failed", reason=LEFTOVERS, **details):
            engine().remove_project(project_id, branch_id)
    engine().discard(refs)
    _forget_surplus(pinned)
    metrics.forget(project_id=project_id, branch_id=branch_id)


def _delete_rows(branch: Branch, pinned: list[str]) -> list[VersionRef]:
    """The files to discard after the commit: those of its tables and of tables that only its snapshots remembered."""
    hold_versions(TableVersion.objects.filter(pk__in=pinned))  # main may be dropping them at the same time
    Snapshot.objects.filter(branch=branch).delete()
    refs = drop_rows(Table.objects.filter(branch=branch))
    refs += delete_unpinned(TableVersion.objects.filter(pk__in=pinned, table=None))
    branch.delete()
    return refs


def _forget_surplus(version_ids: list[str]) -> None:
    """Old versions of main that only the branch's snapshots kept."""
    oldest_kept = F("table__current_version__number") - settings.VERSIONS_KEPT
    forget(TableVersion.objects.filter(pk__in=version_ids, number__lte=oldest_kept))


def _result(branch_id: str) -> dict[str, Any]:
    return {"branch_id": branch_id}

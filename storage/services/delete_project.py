"""Delete a project with everything in it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from files.models import File
from files.services.delete_project_files import contents_of_files, delete_project_files, forget_contents
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import ProjectNotFound
from storage.jobs.execution import cancel_here
from storage.models import Branch, DroppedProject, Job, Table
from storage.models.job import UNFINISHED
from storage.runtime import engine
from storage.services.drop_tables import LEFTOVERS, hold, wait_for_writers
from storage.services.named_faults import named_faults
from storage.services.structure_lock import structure_locked
from storage.services.write_target import lock_keys_of


@operation("delete_project", resource_type="project", need=Need.MANAGE)
def delete_project(*, actor: Actor, project_id: str) -> None:
    """Its rows go in one transaction, then its directories, versions and files. Only audit events and its id stay.

    What works in it is stopped and changes nothing.
    A crash in between leaves files that nobody refers to, which doctor finds.
    """
    with structure_locked(project_id):
        with transaction.atomic():
            project = catalog.find_project(project_id, code="not_found")
            tables = Table.objects.filter(bucket__project=project)
            hold(tables)
            lock_keys = [key for table in tables for key in lock_keys_of(table)]
            branch_ids = list(Branch.objects.filter(project=project).values_list("pk", flat=True))
            paths = list(File.objects.filter(project=project).exclude(path="").values_list("path", flat=True))
            contents = contents_of_files(project_id)
            running = list(Job.objects.filter(project=project, state__in=UNFINISHED).values_list("pk", flat=True))
            project.delete()
            DroppedProject.objects.update_or_create(pk=project_id, defaults={"dropped_at": timezone.now()})
            forget_contents(contents)
            record_success(project_id)
        for job_id in running:
            cancel_here(job_id, ProjectNotFound(project_id))
        wait_for_writers(lock_keys)
        with named_faults("delete project", code="delete_failed", reason=LEFTOVERS, project_id=project_id):
            for branch_id in branch_ids:
                engine().remove_project(project_id, branch_id)
            engine().remove_project(project_id)
    delete_project_files(project_id, paths)


def was_deleted(*, actor: Actor, project_id: str) -> bool:
    """Whether there was a project of this id, and nobody made it anew."""
    actor.require(Need.ADMIN)
    return DroppedProject.objects.filter(pk=project_id).exists()

"""Show the bucket of another project in one's own, for reading."""

from __future__ import annotations

from typing import NoReturn

from django.db import transaction

from kbstore.access import Actor, Need, Role
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BucketAlreadyLinked, BucketExists, BucketNotFound, BucketNotShared, ProjectNotFound
from storage.models import Bucket, BucketShare, Project
from storage.names import check_bucket_name
from storage.services.main_only import find_project_for
from storage.services.structure_lock import structure_locked


@operation("link_bucket", resource_type="bucket", need=Need.MANAGE)
def link_bucket(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    source_project_id: str,
    source_bucket_name: str,
    host_id: str | None = None,
    is_external: bool = False,
    shares_as_admin: bool = False,
) -> Bucket:
    """The link, named `bucket_name`, with `table_count` of its source. It has no directory and no tables of its own.

    With `shares_as_admin` the installation's admin needs no share: one is made that goes with the link. `host_id` is
    what a host calls the link; `is_external` says that a host registered it and takes it back by itself.

    Raises ProjectNotFound and BucketNotFound for the source, BucketNotShared, BucketExists, BucketAlreadyLinked,
    InvalidName.
    """
    project = find_project_for("link bucket", project_id=project_id, branch_id=branch_id)
    source = _source(source_project_id, source_bucket_name)
    is_share_missing = not catalog.may_link(source, project_id)
    if is_share_missing and not (shares_as_admin and actor.role is Role.ADMIN):
        raise BucketNotShared(source_project_id, source_bucket_name, project_id)
    with structure_locked(project_id), transaction.atomic():
        taken = Bucket.objects.filter(project=project, name=bucket_name).first()
        if taken is not None:
            _refuse(taken)
        check_bucket_name(bucket_name)
        link = Bucket.objects.create(
            project=project,
            name=bucket_name,
            description=f"Linked from {source_project_id}.{source_bucket_name}",
            source_project_id=source_project_id,
            source_bucket_name=source_bucket_name,
            host_id=host_id,
            is_external=is_external,
        )
        if is_share_missing:
            BucketShare.objects.get_or_create(bucket=source, target_project=project, defaults={"is_of_link": True})
        link = catalog.buckets_with_numbers(project).get(pk=link.pk)
        record_success(
            bucket_name,
            source_project_id=source_project_id,
            source_bucket_name=source_bucket_name,
            link_id=link.pk,
            view_count=link.table_count,
        )
    return link


def _source(source_project_id: str, source_bucket_name: str) -> Bucket:
    """A link is no source: only who owns the data decides who else reads it."""
    if not Project.objects.filter(pk=source_project_id).exists():
        raise ProjectNotFound(source_project_id, role="Source")
    own = Bucket.objects.filter(source_project_id=None)
    source = own.filter(project=source_project_id, name=source_bucket_name).first()
    if source is None:
        raise BucketNotFound(source_project_id, source_bucket_name, role="Source")
    return source


def _refuse(taken: Bucket) -> NoReturn:
    if not taken.is_linked:
        raise BucketExists(taken.project_id, taken.name)
    existing_link = {
        "source_project_id": taken.source_project_id,
        "source_bucket_name": taken.source_bucket_name,
        "attached_db_alias": f"source_proj_{taken.source_project_id}",
    }
    raise BucketAlreadyLinked(taken.project_id, taken.name, existing_link)

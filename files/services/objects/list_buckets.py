"""List the buckets that a caller sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Q

from files.models import ObjectBucket
from files.services.objects.buckets import builtin_name
from files.services.objects.caller import S3Caller

#: Nobody sees more on one page.
MAX_BUCKETS = 10_000


@dataclass(frozen=True)
class BucketPage:
    """Names with the time of their creation, in the order of their bytes."""

    buckets: list[tuple[str, datetime]]
    is_truncated: bool


def list_buckets(*, caller: S3Caller, prefix: str = "", after: str = "", limit: int = MAX_BUCKETS) -> BucketPage:
    """Names behind `after`: of all for the installation's admin, else those of the caller's project or its own.

    Each project's built-in bucket is there from the beginning.
    """
    if caller.grant is not None:
        return BucketPage([], is_truncated=False)
    visible = _builtin(caller) | dict(_made(caller))
    wanted = sorted(name for name in visible if name.startswith(prefix) and name > after)
    return BucketPage([(name, visible[name]) for name in wanted[:limit]], is_truncated=len(wanted) > limit > 0)


def sees(caller: S3Caller, bucket: ObjectBucket) -> bool:
    """Whether the bucket is in the caller's list."""
    if caller.grant is not None:
        return False
    if caller.is_admin or caller.owner == bucket.owner:
        return True
    return caller.project_id is not None and caller.project_id == bucket.project_id


def _made(caller: S3Caller) -> list[tuple[str, datetime]]:
    """Buckets that have a record: a built-in one gets it when it is first used."""
    buckets = ObjectBucket.objects.order_by()
    if not caller.is_admin:
        of_project = Q(project_id=caller.project_id) if caller.project_id is not None else Q()
        buckets = buckets.filter(Q(owner=caller.owner) | of_project)
    return list(buckets.values_list("name", "created_at"))


def _builtin(caller: S3Caller) -> dict[str, datetime]:
    projects = apps.get_model("storage", "Project").objects.order_by()
    if not caller.is_admin:
        projects = projects.filter(pk=caller.project_id)
    return {builtin_name(project_id): created for project_id, created in projects.values_list("pk", "created_at")}

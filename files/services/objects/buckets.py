"""Buckets by name; each project has one of its own."""

from __future__ import annotations

from django.apps import apps

from files.models import ObjectBucket
from files.object_errors import NoSuchBucket
from files.services.objects.caller import project_owner
from files.services.objects.prepared import PreparedQuery

BUILTIN_PREFIX = "project_"
_BY_NAME: PreparedQuery[ObjectBucket] = PreparedQuery(lambda name: ObjectBucket.objects.filter(name=name), values=1)


def builtin_name(project_id: str) -> str:
    return f"{BUILTIN_PREFIX}{project_id}"


def find_bucket(name: str) -> ObjectBucket:
    """The bucket; `project_{id}` and `{id}` both name that of a project. Raises NoSuchBucket."""
    found = _BY_NAME.first(name)
    if found is not None:
        return found
    project_id = name.removeprefix(BUILTIN_PREFIX)
    return builtin_bucket(project_id, asked_for=name)


def builtin_bucket(project_id: str, *, asked_for: str = "") -> ObjectBucket:
    """The project's own bucket, made when it is first asked for. Raises NoSuchBucket."""
    name = builtin_name(project_id)
    found = _BY_NAME.first(name)
    if found is not None:
        return found
    project = apps.get_model("storage", "Project").objects.filter(pk=project_id).first()
    if project is None:
        raise NoSuchBucket(BucketName=asked_for or name)
    bucket, _ = ObjectBucket.objects.get_or_create(
        name=name,
        defaults={
            "project_id": project_id,
            "owner": project_owner(project_id),
            "is_builtin": True,
            "created_at": project.created_at,
        },
    )
    return bucket

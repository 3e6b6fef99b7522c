"""Containers of tables that are a bucket or a workspace, as the last element of a path names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbstore.access import Need, Role
from storage.driver.call import Call
from storage.driver.errors import ObjectNotFound
from storage.driver.paths import NO_PROJECT, Place, place_of
from storage.driver.workspaces import load_destination, workspace_of
from storage.models import Bucket
from workspaces.models import Workspace

Container = Place | Workspace


def source_container(call: Call, path: Sequence[str], *, without_project: str = NO_PROJECT) -> Container:
    """The bucket that the path means, else the workspace of the project, else the bucket that is not there.

    Raises InvalidParameter, WrongProject, Forbidden.
    """
    place = place_of(call, path, without_project=without_project)
    if _has_bucket(place):
        return place
    try:
        return workspace_of(call, place.bucket_name, need=Need.READ, project_id=place.project_id)
    except ObjectNotFound:
        return _as_written(call, place, path)


def destination_container(call: Call, path: Sequence[str]) -> Container:
    """The same for writing; a workspace may also be one that its project has granted to that of the caller.

    Raises InvalidParameter, WrongProject, Forbidden.
    """
    if len(path) > 1 and path[0] != call.actor.project_id and call.actor.role is not Role.ADMIN:
        # Nothing of another project but a workspace that it has opened to this one.
        try:
            return load_destination(call, list(path))
        except ObjectNotFound:
            return place_of(call, path)
    place = place_of(call, path)
    if _has_bucket(place):
        return place
    try:
        return load_destination(call, list(path))
    except ObjectNotFound:
        return _as_written(call, place, path)


def _has_bucket(place: Place) -> bool:
    return Bucket.objects.filter(project=place.project_id, name=place.bucket_name).exists()


def _as_written(call: Call, place: Place, path: Sequence[str]) -> Place:
    """So that what is not there is told as the caller spelled it."""
    return replace(place, bucket_name=path[-1]) if len(path) == 1 and call.project_id else place

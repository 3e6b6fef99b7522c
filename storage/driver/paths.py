"""Paths of the protocol: which project, branch, bucket and table a list of names means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from kbstore.access import Role
from storage import catalog
from storage.driver.branches import branch_named, host_branch_id
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter, WrongProject
from storage.driver.names import object_name
from storage.models import Branch, Bucket
from storage.names import DEFAULT_BRANCH

NO_PROJECT = "Path must contain at least [project_id, bucket_name], or the credentials must name the project"


@dataclass(frozen=True)
class Place:
    """A container: keywords of most services, see `arguments`. The bucket need not exist."""

    project_id: str
    branch_id: str
    bucket_name: str

    @property
    def arguments(self) -> dict[str, str]:
        return {"project_id": self.project_id, "branch_id": self.branch_id, "bucket_name": self.bucket_name}

    def of_table(self, table_name: str) -> dict[str, str]:
        return self.arguments | {"table_name": table_name}


def place_of(call: Call, path: Sequence[str], *, without_project: str = NO_PROJECT) -> Place:
    """The container that a path means.

    `[bucket]` in the project of the credentials, `[project, bucket]`, `[project, branch, ..., bucket]`. A bucket that
    does not exist as it is written is looked for under its normalised name; where branches are part of object names,
    `{branch}_{bucket}` is the bucket in that branch unless main has one of the full name.

    Raises InvalidParameter for an empty path, and with the text `without_project` where no project is named;
    WrongProject for a project that the key has no business with.
    """
    if not path or not all(path):
        raise InvalidParameter("Path must contain at least bucket_name")
    if len(path) == 1:
        if call.project_id is None:
            raise InvalidParameter(without_project)
        return _resolved(call, call.project_id, DEFAULT_BRANCH, path[0])
    branch_id = path[1] if len(path) > 2 else DEFAULT_BRANCH
    return _resolved(call, check_reach(call, path[0]), branch_id, path[-1])


def check_reach(call: Call, project_id: str) -> str:
    """The id. Raises WrongProject for a key of another project."""
    actor = call.actor
    if actor.role is not Role.ADMIN and project_id != actor.project_id:
        raise WrongProject(f"API key is for project {actor.project_id}, but request is for project {project_id}")
    return project_id


def project_of(call: Call, text: str) -> str:
    """The project of the credentials. Raises InvalidParameter with that text where they name none."""
    if call.project_id is None:
        raise InvalidParameter(text)
    return call.project_id


def bucket_in_branch(call: Call, place: Place) -> str:
    """The object name that hosts use for a bucket: of a dev branch it begins with that branch, if the door does so."""
    if call.policy.names_branches and not catalog.is_default(place.branch_id):
        return f"{host_branch_id(place.branch_id)}_{place.bucket_name}"
    return place.bucket_name


def _resolved(call: Call, project_id: str, branch_id: str, bucket_name: str) -> Place:
    branch_id = branch_named(project_id, branch_id)
    names = {bucket_name, object_name(bucket_name)}
    known = set(Bucket.objects.filter(project=project_id, name__in=names).values_list("name", flat=True))
    if bucket_name in known:
        return Place(project_id, branch_id, bucket_name)
    if call.policy.names_branches and catalog.is_default(branch_id):
        split = _split_branch(project_id, bucket_name)
        if split is not None:
            return Place(project_id, *split)
    return Place(project_id, branch_id, object_name(bucket_name) if known else bucket_name)


def _split_branch(project_id: str, name: str) -> tuple[str, str] | None:
    """Branch and bucket of an object name that begins with the id of a branch of the project."""
    parts = name.split("_")
    heads = ["_".join(parts[:at]) for at in range(1, len(parts))]
    branches = Branch.objects.filter(Q(host_id__in=heads) | Q(pk__in=heads), project=project_id)
    found = {spelling: pk for pk, host_id in branches.values_list("pk", "host_id") for spelling in (pk, host_id)}
    longest = max(found.keys() & set(heads), key=len, default=None)
    return None if longest is None else (found[longest], name[len(longest) + 1 :])

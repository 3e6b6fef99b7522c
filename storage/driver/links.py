"""Links to buckets of other projects: made, and made again, as LinkBucket and the registration of buckets need them."""

from __future__ import annotations

from django.db.models import Q

from kbstore.access import Role
from storage import catalog
from storage.driver.call import Call
from storage.driver.errors import OBJECT_ALREADY_EXISTS, SCHEMA_NOT_FOUND, InvalidParameter, ObjectNotFound
from storage.driver.names import object_name
from storage.errors import BucketAlreadyLinked, BucketExists
from storage.models import Bucket
from storage.names import DEFAULT_BRANCH
from storage.services.link_bucket import link_bucket


def make_link(
    call: Call, *, project_id: str, host_id: str, source: tuple[str, str], is_external: bool = False
) -> tuple[str, bool]:
    """The name of the link, and whether it was made just now: the same one again is no fault.

    Raises InvalidParameter where the name is taken, and what `link_bucket` raises.
    """
    name = object_name(host_id)
    try:
        link_bucket(
            actor=call.actor,
            project_id=project_id,
            branch_id=DEFAULT_BRANCH,
            bucket_name=name,
            source_project_id=source[0],
            source_bucket_name=source[1],
            host_id=host_id,
            is_external=is_external,
            shares_as_admin=call.actor.role is Role.ADMIN,
        )
    except (BucketExists, BucketAlreadyLinked) as error:
        there = Bucket.objects.filter(project=project_id, name=name).first()
        if there is None or (there.source_project_id, there.source_bucket_name) != source:
            text = f"Bucket {name} already exists in project {project_id}"
            raise InvalidParameter(text, reason=OBJECT_ALREADY_EXISTS) from error
        return name, False
    return name, True


def find_source(candidates: list[tuple[str, str]], project_id: str) -> tuple[str, str]:
    """Which of these projects and buckets there is: the first that the project may link, else the first.

    Raises ObjectNotFound.
    """
    places = Q()
    for owner, name in candidates:
        places |= Q(project=owner, name=name)
    found = {(one.project_id, one.name): one for one in Bucket.objects.filter(places, source_project_id=None)}
    present = [candidate for candidate in candidates if candidate in found]
    if not present:
        owner, name = candidates[0]
        raise ObjectNotFound(f"Source bucket {name} not found in project {owner}", reason=SCHEMA_NOT_FOUND)
    return next((one for one in present if catalog.may_link(found[one], project_id)), present[0])

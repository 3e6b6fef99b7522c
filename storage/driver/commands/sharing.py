"""ShareBucket, UnshareBucket, LinkBucket and UnlinkBucket."""

from __future__ import annotations

from contextlib import suppress

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter, WrongProject
from storage.driver.generated.bucket_pb2 import (
    LinkBucketCommand,
    LinkedBucketResponse,
    ShareBucketCommand,
    ShareBucketResponse,
    UnlinkBucketCommand,
    UnshareBucketCommand,
)
from storage.driver.links import find_source, make_link
from storage.driver.names import object_name, required, share_role, split_share_role
from storage.driver.paths import Place, place_of, project_of
from storage.driver.registry import Access, handles
from storage.errors import BucketNotFound, LinkNotFound
from storage.names import DEFAULT_BRANCH
from storage.services.share_openly import share_openly, unshare_openly
from storage.services.unlink_bucket import unlink_bucket


@handles(ShareBucketCommand, access=Access.WRITE)
def share(call: Call, command: ShareBucketCommand) -> ShareBucketResponse:
    """Whoever comes with the handle may link the bucket from now on; again changes nothing."""
    project_id = required(command.sourceProjectId, "sourceProjectId")
    names = [name for name in (command.sourceBucketObjectName, command.sourceBucketId) if name]
    if not names:
        raise InvalidParameter("sourceBucketId or sourceBucketObjectName is required")
    place = _shared(call, [place_of(call, [project_id, name]) for name in names])
    call.log.inform(f"Shared bucket {place.bucket_name}", bucket=place.bucket_name)
    return ShareBucketResponse(bucketShareRoleName=share_role(project_id, place.bucket_name))


def _shared(call: Call, places: list[Place]) -> Place:
    """The first bucket that there is. Raises BucketNotFound."""
    *others, last = places
    for place in others:
        with suppress(BucketNotFound):
            share_openly(actor=call.actor, **place.arguments)
            return place
    share_openly(actor=call.actor, **last.arguments)
    return last


@handles(UnshareBucketCommand, access=Access.WRITE)
def unshare(call: Call, command: UnshareBucketCommand) -> None:
    """Nobody may link the bucket afterwards, whether it was shared or not; links stay until they are unlinked."""
    name = required(command.bucketObjectName, "bucketObjectName")
    project_id = project_of(call, "Credentials with project_id required for UnshareBucket")
    if command.bucketShareRoleName:
        places = _of_role(call, command.bucketShareRoleName, project_id)
    else:
        places = [place_of(call, [name])]
    was_shared = [unshare_openly(actor=call.actor, **place.arguments) for place in places]
    if not any(was_shared):
        call.log.warn(f"Bucket {name} was not shared", bucket=name)
    call.log.inform(f"Bucket {name} is shared with nobody", bucket=name)


def _of_role(call: Call, role: str, project_id: str) -> list[Place]:
    """The buckets of the project that a handle may mean. Raises InvalidParameter, WrongProject."""
    own = [Place(owner, DEFAULT_BRANCH, name) for owner, name in split_share_role(role) if owner == project_id]
    if not own:
        raise WrongProject(f"The share is not one of project {project_id}")
    return own


@handles(LinkBucketCommand, access=Access.WRITE)
def link(call: Call, command: LinkBucketCommand) -> LinkedBucketResponse:
    """The target project reads the source under a name of its own; the same link again changes nothing.

    An admin may link what is not shared: that shares it with the target for as long as the link is there.
    """
    project_id = required(command.targetProjectId, "targetProjectId")
    host_id = required(command.targetBucketId, "targetBucketId")
    candidates = split_share_role(required(command.sourceShareRoleName, "sourceShareRoleName"))
    source = find_source(candidates, project_id)
    name, is_new = make_link(call, project_id=project_id, host_id=host_id, source=source)
    if not is_new:
        call.log.warn(f"Bucket {name} is linked already", bucket=name)
    call.log.inform(f"Linked bucket {name}", bucket=name)
    return LinkedBucketResponse(linkedBucketObjectName=name)


@handles(UnlinkBucketCommand, access=Access.WRITE)
def unlink(call: Call, command: UnlinkBucketCommand) -> None:
    """There is no such link afterwards, whether there was one or not; its source and buckets that are no links stay."""
    name = required(command.bucketObjectName, "bucketObjectName")
    project_id = project_of(call, "Credentials with project_id required for UnlinkBucket")
    if not _unlinked(call, project_id, name) and not _unlinked(call, project_id, object_name(name)):
        call.log.warn(f"Bucket {name} is no link: nothing was unlinked", bucket=name)
    call.log.inform(f"Bucket {name} links nothing", bucket=name)


def _unlinked(call: Call, project_id: str, name: str) -> bool:
    try:
        unlink_bucket(actor=call.actor, project_id=project_id, branch_id=DEFAULT_BRANCH, bucket_name=name)
    except LinkNotFound:
        return False
    return True

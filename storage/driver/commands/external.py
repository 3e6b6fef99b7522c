"""GrantBucketAccessToReadOnlyRole and RevokeBucketAccessFromReadOnlyRole: external buckets come and go by them."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.generated.bucket_pb2 import (
    GrantBucketAccessToReadOnlyRoleCommand,
    GrantBucketAccessToReadOnlyRoleResponse,
    RevokeBucketAccessFromReadOnlyRoleCommand,
)
from storage.driver.links import find_source, make_link
from storage.driver.names import object_name, required
from storage.driver.paths import check_reach
from storage.driver.registry import Access, handles
from storage.errors import LinkNotFound, ProjectNotFound
from storage.names import DEFAULT_BRANCH
from storage.services.unlink_bucket import unlink_bucket


@handles(GrantBucketAccessToReadOnlyRoleCommand, access=Access.WRITE)
def grant(call: Call, command: GrantBucketAccessToReadOnlyRoleCommand) -> GrantBucketAccessToReadOnlyRoleResponse:
    """Buckets can be read anyway, so nothing happens, unless the path names a bucket to register under another name."""
    path, destination = list(command.path), command.destinationObjectName
    if not path and not destination:
        raise InvalidParameter("path or destinationObjectName is required")
    name = object_name(path[-1] if path else destination)
    if _is_registration(call, path, destination):
        name = _registered(call, (path[0], path[-1]), destination)
    elif len(path) > 1:
        check_reach(call, path[0])
    call.log.inform(f"Bucket {name} can be read", bucket=name)
    return GrantBucketAccessToReadOnlyRoleResponse(createBucketObjectName=name)


def _is_registration(call: Call, path: list[str], destination: str) -> bool:
    if len(path) < 2 or not destination or call.project_id is None:
        return False
    return (path[0], object_name(path[-1])) != (call.project_id, object_name(destination))


def _registered(call: Call, source: tuple[str, str], destination: str) -> str:
    project_id = call.project_id or ""
    owner, bucket = source
    source = find_source([(owner, bucket), (owner, object_name(bucket))], project_id)
    name, is_new = make_link(call, project_id=project_id, host_id=destination, source=source, is_external=True)
    if not is_new:
        call.log.warn(f"Bucket {name} is registered already", bucket=name)
    return name


@handles(RevokeBucketAccessFromReadOnlyRoleCommand, access=Access.WRITE)
def revoke(call: Call, command: RevokeBucketAccessFromReadOnlyRoleCommand) -> None:
    """A registered bucket is none any more; of everything else nothing changes."""
    name = required(command.bucketObjectName, "bucketObjectName")
    if call.project_id is not None:
        try:
            unlink_bucket(
                actor=call.actor,
                project_id=call.project_id,
                branch_id=DEFAULT_BRANCH,
                bucket_name=object_name(name),
                only_external=True,
            )
            call.log.inform(f"Bucket {name} is not registered any more", bucket=name)
        except (LinkNotFound, ProjectNotFound):
            pass  # nothing was granted that could be taken back
    call.log.inform(f"Revoked access to bucket {name}", bucket=name)

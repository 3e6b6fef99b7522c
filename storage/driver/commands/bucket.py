"""CreateBucket, DropBucket and ListSchemas."""

from __future__ import annotations

from kbstore.errors import KbstoreError, Kind
from storage import catalog
from storage.driver.branches import branch_named
from storage.driver.call import Call
from storage.driver.generated.bucket_pb2 import CreateBucketCommand, CreateBucketResponse, DropBucketCommand
from storage.driver.generated.info_pb2 import ListSchemasCommand, ListSchemasResponse
from storage.driver.names import object_name, required
from storage.driver.paths import Place, bucket_in_branch, place_of, project_of
from storage.driver.registry import Access, handles
from storage.errors import BucketNotFound
from storage.names import DEFAULT_BRANCH
from storage.services.delete_bucket import delete_bucket
from storage.services.drop_branch_bucket import drop_branch_bucket
from storage.services.ensure_bucket import ensure_bucket
from storage.services.get_bucket import list_bucket_names


@handles(CreateBucketCommand, access=Access.WRITE)
def create(call: Call, command: CreateBucketCommand) -> CreateBucketResponse:
    """The bucket exists afterwards, whether it did before or not; no two ids are for the same one."""
    project_id = required(command.projectId, "projectId")
    host_id = required(command.bucketId, "bucketId")
    asked_branch = "" if command.isBranchDefault else command.branchId
    place = Place(project_id, branch_named(project_id, asked_branch), object_name(host_id))
    is_new = ensure_bucket(
        actor=call.actor,
        project_id=project_id,
        branch_id=place.branch_id,
        name=place.bucket_name,
        host_id=host_id,
    )
    if is_new:
        call.log.inform(f"Created bucket {place.bucket_name}", bucket=place.bucket_name)
    else:
        call.log.warn(f"Bucket {place.bucket_name} exists already", bucket=place.bucket_name)
    branch = [] if catalog.is_default(place.branch_id) else [asked_branch]
    return CreateBucketResponse(
        path=[project_id, *branch, place.bucket_name], createBucketObjectName=bucket_in_branch(call, place)
    )


@handles(DropBucketCommand, access=Access.WRITE, is_long=True)
def drop(call: Call, command: DropBucketCommand) -> None:
    """The bucket is gone afterwards, whether it was there or not; of a branch's only the branch's own tables."""
    name = required(command.bucketObjectName, "bucketObjectName")
    project_of(call, "Credentials with project_id required for DropBucket")
    place = place_of(call, [name])
    try:
        _drop(call, place, cascade=command.isCascade)
    except BucketNotFound:
        call.log.warn(f"Bucket {name} does not exist: nothing was dropped", bucket=name)
    except KbstoreError as error:
        if not command.ignoreErrors or error.kind is Kind.FORBIDDEN:
            raise
        call.log.warn(error.message, bucket=name)
        return
    call.log.inform(f"Bucket {name} is gone", bucket=name)


def _drop(call: Call, place: Place, *, cascade: bool) -> None:
    if catalog.is_default(place.branch_id):
        delete_bucket(actor=call.actor, **place.arguments, cascade=cascade, with_links=True)
    else:
        drop_branch_bucket(actor=call.actor, **place.arguments, cascade=cascade)


@handles(ListSchemasCommand, access=Access.READ)
def list_schemas(call: Call, command: ListSchemasCommand) -> ListSchemasResponse:
    """The project's own and linked buckets."""
    project_id = project_of(call, "Credentials with project_id required for ListSchemas")
    branch_id = call.actor.branch_id or DEFAULT_BRANCH
    names = list_bucket_names(actor=call.actor, project_id=project_id, branch_id=branch_id)
    call.log.inform(f"{len(names)} buckets", buckets=len(names))
    return ListSchemasResponse(schemas=names)

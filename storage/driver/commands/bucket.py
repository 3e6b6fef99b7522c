"""CreateBucket, DropBucket and ListSchemas."""

from __future__ import annotations

from storage import catalog
from storage.driver.call import Call
from storage.driver.generated.bucket_pb2 import CreateBucketCommand, CreateBucketResponse
from storage.driver.names import object_name, required
from storage.driver.paths import Place, bucket_in_branch
from storage.driver.registry import Access, handles
from storage.errors import BucketExists
from storage.names import DEFAULT_BRANCH
from storage.services.create_bucket import create_bucket


@handles(CreateBucketCommand, access=Access.WRITE)
def create(call: Call, command: CreateBucketCommand) -> CreateBucketResponse:
    """The bucket exists afterwards, whether it did before or not."""
    place = Place(
        required(command.projectId, "projectId"),
        DEFAULT_BRANCH if command.isBranchDefault else command.branchId or DEFAULT_BRANCH,
        object_name(required(command.bucketId, "bucketId")),
    )
    try:
        create_bucket(
            actor=call.actor,
            project_id=place.project_id,
            branch_id=place.branch_id,
            name=place.bucket_name,
            description=None,
        )
        call.log.inform(f"Created bucket {place.bucket_name}", bucket=place.bucket_name)
    except BucketExists:
        call.log.warn(f"Bucket {place.bucket_name} exists already", bucket=place.bucket_name)
    name = bucket_in_branch(call, place)
    branch = [] if catalog.is_default(place.branch_id) else [place.branch_id]
    return CreateBucketResponse(path=[place.project_id, *branch, place.bucket_name], createBucketObjectName=name)

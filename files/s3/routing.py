"""From method, path and query to an operation under its name at AWS."""

from __future__ import annotations

from files.object_errors import InvalidObjectRequest, MethodNotAllowed, NotSupportedByServer
from files.s3.call import Level, Operation
from files.s3.known_subresources import exists_at_aws
from files.s3.operations import (
    buckets,
    copy,
    listing,
    multipart,
    objects_delete,
    objects_read,
    objects_write,
    post_form,
    presign,
    subresources,
)
from files.s3.request import S3Request

#: Sub-resources of S3: in a query they decide the operation. Anything else in a query is a parameter or ignored.
_SUBRESOURCES = frozenset({
    "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
    "legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls",
    "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select",
    "tagging", "torrent", "uploads", "uploadId", "versioning", "versions", "website",
})  # fmt: skip

_SERVICE = {
    ("GET", ""): Operation("ListBuckets", Level.SERVICE, buckets.list_buckets),
}
_BUCKET = {
    ("HEAD", ""): Operation("HeadBucket", Level.BUCKET, buckets.head_bucket),
    ("PUT", ""): Operation("CreateBucket", Level.BUCKET, buckets.create_bucket),
    ("DELETE", ""): Operation("DeleteBucket", Level.BUCKET, buckets.delete_bucket),
    ("POST", ""): Operation("PostObject", Level.BUCKET, post_form.post_object, takes_object=True),
    ("POST", "delete"): Operation("DeleteObjects", Level.BUCKET, objects_delete.delete_objects),
    ("GET", "location"): Operation("GetBucketLocation", Level.BUCKET, buckets.get_bucket_location),
    ("GET", "versions"): Operation("ListObjectVersions", Level.BUCKET, listing.list_object_versions),
    ("GET", "uploads"): Operation("ListMultipartUploads", Level.BUCKET, multipart.list_multipart_uploads),
    ("PUT", "acl"): Operation("PutBucketAcl", Level.BUCKET, subresources.put_acl),
}
_LIST_V1 = Operation("ListObjects", Level.BUCKET, listing.list_objects)
_LIST_V2 = Operation("ListObjectsV2", Level.BUCKET, listing.list_objects_v2)
_OBJECT = {
    ("GET", ""): Operation("GetObject", Level.OBJECT, objects_read.get_object),
    ("HEAD", ""): Operation("HeadObject", Level.OBJECT, objects_read.head_object),
    ("PUT", ""): Operation("PutObject", Level.OBJECT, objects_write.put_object, takes_object=True),
    ("DELETE", ""): Operation("DeleteObject", Level.OBJECT, objects_delete.delete_object),
    ("POST", "uploads"): Operation("CreateMultipartUpload", Level.OBJECT, multipart.create_multipart_upload),
    ("PUT", "uploadId"): Operation("UploadPart", Level.OBJECT, multipart.upload_part, takes_object=True),
    ("POST", "uploadId"): Operation("CompleteMultipartUpload", Level.OBJECT, multipart.complete_multipart_upload),
    ("DELETE", "uploadId"): Operation("AbortMultipartUpload", Level.OBJECT, multipart.abort_multipart_upload),
    ("GET", "uploadId"): Operation("ListParts", Level.OBJECT, multipart.list_parts),
    ("GET", "attributes"): Operation("GetObjectAttributes", Level.OBJECT, objects_read.get_object_attributes),
    ("GET", "tagging"): Operation("GetObjectTagging", Level.OBJECT, objects_read.get_object_tagging),
    ("GET", "acl"): Operation("GetObjectAcl", Level.OBJECT, subresources.get_object_acl),
    ("PUT", "acl"): Operation("PutObjectAcl", Level.OBJECT, subresources.put_acl),
}
_COPY = Operation("CopyObject", Level.OBJECT, copy.copy_object)
_COPY_PART = Operation("UploadPartCopy", Level.OBJECT, copy.upload_part_copy)
_PRESIGN = Operation("Presign", Level.BUCKET, presign.presign)
_BUCKET_SUBRESOURCE = Operation("GetBucketSubresource", Level.BUCKET, subresources.get_bucket_subresource)


def operation_of(request: S3Request) -> Operation:
    """Raises MethodNotAllowed for a method without meaning there, NotSupportedByServer for what only AWS has."""
    if request.method == "OPTIONS":
        raise InvalidObjectRequest("Insufficient information. Origin request header needed.")
    if request.bucket is None:
        return _found(_SERVICE, request, "")
    subresource = _subresource(request)
    if request.key is None:
        return _bucket_operation(request, subresource)
    return _object_operation(request, subresource)


def _subresource(request: S3Request) -> str:
    named = [name for name in request.parameters if name in _SUBRESOURCES]
    return "uploadId" if "uploadId" in named else named[0] if named else ""


def _bucket_operation(request: S3Request, subresource: str) -> Operation:
    if request.method == "GET" and not subresource:
        version = request.parameter("list-type")
        return _LIST_V1 if version is None and not request.is_contract else _LIST_V2
    if ("GET", subresource) not in _BUCKET and _is_read(request, subresource):
        return _BUCKET_SUBRESOURCE
    return _found(_BUCKET, request, subresource)


def _is_read(request: S3Request, subresource: str) -> bool:
    return request.method == "GET" and exists_at_aws("GET", subresource, of_object=False)


def _object_operation(request: S3Request, subresource: str) -> Operation:
    is_copy = request.header("x-amz-copy-source") is not None
    if request.method == "PUT" and subresource == "" and is_copy:
        return _COPY
    if request.method == "PUT" and subresource == "uploadId" and is_copy:
        return _COPY_PART
    if request.method == "POST" and not subresource and request.key == "presign":
        return _PRESIGN
    return _found(_OBJECT, request, subresource)


def _found(operations: dict[tuple[str, str], Operation], request: S3Request, subresource: str) -> Operation:
    found = operations.get((request.method, subresource))
    if found is not None:
        return found
    if exists_at_aws(request.method, subresource, of_object=request.key is not None):
        raise NotSupportedByServer
    raise MethodNotAllowed(Method=request.method)

"""Answers about uploads in parts."""

from __future__ import annotations

from dataclasses import replace

from files.models import MultipartUpload, ObjectBucket, UploadedPart
from files.object_errors import InvalidArgument
from files.s3.answers import Answer, quoted, xml
from files.s3.body.declared import Declared, read_declared
from files.s3.body.incoming_body import IncomingBody
from files.s3.body.receive import receive
from files.s3.call import Call
from files.s3.checksum_headers import asked_algorithm, asked_type, expected_checksum, expected_size
from files.s3.conditional_headers import write_conditions_of
from files.s3.object_headers import read_description
from files.s3.operations.listing import count_parameter, owner_element
from files.s3.request import S3Request
from files.s3.threads import in_thread
from files.s3.upload_documents import completed_document, initiated_document, parts_document, uploads_document
from files.s3.xml.read import read_completion, whole_document
from files.services.objects import abort_upload, complete_upload, create_upload, list_uploads, put_part
from files.services.objects import list_parts as parts_of_upload
from files.services.objects.buckets import find_bucket
from files.services.objects.check_object_quota import check_object_quota
from files.services.objects.checksums import ALGORITHMS, DEFAULT_ALGORITHM, FULL_OBJECT
from files.services.objects.complete_upload import Completion
from files.services.objects.find_upload import MAX_PART_NUMBER, find_upload

_MOST_LISTED = 1000
_CHECKSUMS = (b"x-amz-checksum-", b"x-amz-sdk-checksum-")


async def create_multipart_upload(call: Call) -> Answer:
    """The id under which parts are sent."""
    request = call.request
    upload = await in_thread(
        create_upload.create_upload,
        caller=call.caller,
        bucket_name=call.bucket_name,
        key=call.key,
        description=read_description(request),
        checksum_algorithm=asked_algorithm(request),
        checksum_type=asked_type(request),
    )
    headers = {}
    if upload.checksum_algorithm:
        headers["x-amz-checksum-algorithm"] = upload.checksum_algorithm
        headers["x-amz-checksum-type"] = upload.checksum_type
    return xml(initiated_document(upload, request), headers=headers)


async def upload_part(call: Call) -> Answer:
    """Empty, with the ETag that Complete has to name."""
    number = part_number(call.request)
    body: IncomingBody = call.body
    assert body.declared is not None  # noqa: S101 - reads, and refuses, what the headers say
    upload = await in_thread(_upload_for_part, call, body.declared)
    arrived = await receive(body, default_algorithm=upload.checksum_algorithm or DEFAULT_ALGORITHM)
    part = await in_thread(put_part.put_part, upload=upload, number=number, arrived=arrived)
    return Answer(200, {"etag": quoted(part.etag)} | _checksum_headers(part))


def _upload_for_part(call: Call, declared: Declared) -> MultipartUpload:
    """Refuses before the bytes travel what would be refused after it."""
    upload = open_upload(call)
    put_part.check_algorithm(upload, declared.algorithm or upload.checksum_algorithm)
    check_object_quota(upload.bucket.project_id, new_bytes=declared.size_bytes or 0)
    return upload


def _checksum_headers(part: UploadedPart) -> dict[str, str]:
    header = ALGORITHMS[part.checksum_algorithm].header
    return {header: part.checksum, "x-amz-checksum-type": FULL_OBJECT}


async def complete_multipart_upload(call: Call) -> Answer:
    """What the object is, from now on seen by all."""
    request = call.request
    asked = Completion(
        parts=await in_thread(read_completion, await _completion(call)),
        checksum=expected_checksum(request),
        size_bytes=expected_size(request),
    )
    completed = await in_thread(
        complete_upload.complete_upload,
        caller=call.caller,
        bucket_name=call.bucket_name,
        key=call.key,
        upload_id=upload_id(request),
        asked=asked,
        conditions=write_conditions_of(request),
    )
    return xml(completed_document(completed, request))


async def _completion(call: Call) -> bytes:
    """The document. Checksums in the headers are those of the object, not its own."""
    body: IncomingBody = call.body
    headers = [pair for pair in call.request.headers if not pair[0].startswith(_CHECKSUMS)]
    body.declared = read_declared(replace(call.request, headers=headers), call.proof)
    return await whole_document(body)


async def abort_multipart_upload(call: Call) -> Answer:
    await in_thread(lambda: abort_upload.abort_upload(upload=open_upload(call)))
    return Answer(204)


async def list_parts(call: Call) -> Answer:
    return await in_thread(_list_parts, call)


def _list_parts(call: Call) -> Answer:
    request = call.request
    limit, marker = count_parameter(request, "max-parts", most=_MOST_LISTED), _marker(request)
    upload = open_upload(call, writes=False)
    page = parts_of_upload.list_parts(upload=upload, after=marker, limit=limit)
    owners = _owners(call, upload.bucket)
    return xml(parts_document(upload, page, owners=owners, marker=marker, limit=limit, request=request))


async def list_multipart_uploads(call: Call) -> Answer:
    return await in_thread(_list_uploads, call)


def _list_uploads(call: Call) -> Answer:
    """A caller that is kept to a prefix has to name it, as in lists of objects."""
    request = call.request
    limit = count_parameter(request, "max-uploads", most=_MOST_LISTED)
    prefix = request.parameter("prefix") or ""
    bucket = find_bucket(call.bucket_name)
    call.caller.require(bucket)
    call.caller.require(bucket, key=prefix)
    page = list_uploads.list_uploads(
        bucket=bucket,
        prefix=prefix,
        delimiter=request.parameter("delimiter") or "",
        after_key=request.parameter("key-marker") or "",
        after_upload_id=request.parameter("upload-id-marker") or "",
        limit=limit,
    )
    return xml(uploads_document(page, owners=_owners(call, bucket), limit=limit, request=request))


def open_upload(call: Call, *, writes: bool = True) -> MultipartUpload:
    """The upload that the request names. Raises what `find_upload` does."""
    return find_upload(
        caller=call.caller,
        bucket_name=call.bucket_name,
        key=call.key,
        upload_id=upload_id(call.request),
        writes=writes,
    )


def upload_id(request: S3Request) -> str:
    return request.parameter("uploadId") or ""


def part_number(request: S3Request) -> int:
    """Raises InvalidArgument."""
    number = _small_number(request.parameter("partNumber") or "")
    if number is None or not 1 <= number <= MAX_PART_NUMBER:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=request.parameter("partNumber") or "",
        )
    return number


def _marker(request: S3Request) -> int:
    text = request.parameter("part-number-marker")
    marker = _small_number(text or "0")
    if marker is None:
        raise InvalidArgument(
            "Provided part-number-marker not an integer or within integer range",
            ArgumentName="part-number-marker",
            ArgumentValue=text or "",
        )
    return marker


def _small_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _owners(call: Call, bucket: ObjectBucket) -> str:
    """Who began an upload is not noted: it is the bucket's owner's."""
    return owner_element("Initiator", call, bucket) + owner_element("Owner", call, bucket)

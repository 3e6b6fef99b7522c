"""Answers to copies."""

from __future__ import annotations

from files.models import StoredObject, UploadedPart
from files.object_errors import InvalidArgument
from files.s3.answers import Answer, iso_date, quoted, xml
from files.s3.call import Call
from files.s3.checksum_headers import asked_algorithm
from files.s3.conditional_headers import write_conditions_of
from files.s3.copy_source import source_of, source_span
from files.s3.object_headers import read_description
from files.s3.operations.multipart import open_upload, part_number
from files.s3.request import S3Request
from files.s3.threads import in_long_thread, in_thread
from files.s3.upload_documents import checksum_elements
from files.s3.xml.write import document, element
from files.services.objects import copy_object as copying
from files.services.objects.checksums import FULL_OBJECT
from files.services.objects.publish_object import Checksum, Description
from files.services.objects.put_part import put_part
from files.services.objects.upload_part_copy import copy_range

_DIRECTIVE = "x-amz-metadata-directive"


async def copy_object(call: Call) -> Answer:
    """What the copy is."""
    request, algorithm = call.request, asked_algorithm(call.request)
    # A checksum that the source has none of is computed from all of its bytes.
    in_some_thread = in_long_thread if algorithm else in_thread
    stored = await in_some_thread(
        copying.copy_object,
        caller=call.caller,
        source=source_of(request),
        bucket_name=call.bucket_name,
        key=call.key,
        description=_new_description(request),
        checksum_algorithm=algorithm,
        conditions=write_conditions_of(request),
    )
    return xml(_object_document(stored, request))


def _new_description(request: S3Request) -> Description | None:
    """None if that of the source stays. Raises InvalidArgument; faults of the headers in either case."""
    description = read_description(request)
    directive = request.header(_DIRECTIVE)
    if directive not in (None, "COPY", "REPLACE"):
        raise InvalidArgument("Unknown metadata directive.", ArgumentName=_DIRECTIVE, ArgumentValue=directive or "")
    return description if directive == "REPLACE" else None


async def upload_part_copy(call: Call) -> Answer:
    """What the part is."""
    request = call.request
    number, source, span = part_number(request), source_of(request), source_span(request)
    upload = await in_thread(open_upload, call)
    _, arrived = await in_long_thread(
        copy_range, caller=call.caller, source=source, span=span, checksum_algorithm=upload.checksum_algorithm
    )
    part = await in_thread(put_part, upload=upload, number=number, arrived=arrived)
    return xml(_part_document(part, request))


def _object_document(stored: StoredObject, request: S3Request) -> bytes:
    checksum = Checksum(stored.checksum_algorithm, stored.checksum_type, stored.checksum)
    return document(
        "CopyObjectResult",
        element("ETag", quoted(stored.etag)),
        element("LastModified", iso_date(stored.last_modified)),
        checksum_elements(checksum),
        request=request,
    )


def _part_document(part: UploadedPart, request: S3Request) -> bytes:
    return document(
        "CopyPartResult",
        element("ETag", quoted(part.etag)),
        element("LastModified", iso_date(part.last_modified)),
        checksum_elements(Checksum(part.checksum_algorithm, FULL_OBJECT, part.checksum)),
        request=request,
    )

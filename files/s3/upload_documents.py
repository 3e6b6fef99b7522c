"""The documents about uploads in parts."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from files.models import MultipartUpload, UploadedPart
from files.s3.answers import iso_date, quoted
from files.s3.operations.listing import is_encoded
from files.s3.request import S3Request
from files.s3.xml.write import document, element, group
from files.services.objects.checksums import ALGORITHMS
from files.services.objects.complete_upload import Completed
from files.services.objects.list_parts import PartPage
from files.services.objects.list_uploads import UploadPage
from files.services.objects.publish_object import Checksum


def initiated_document(upload: MultipartUpload, request: S3Request) -> bytes:
    return document(
        "InitiateMultipartUploadResult",
        element("Bucket", request.bucket),
        element("Key", upload.key),
        element("UploadId", upload.pk),
        request=request,
    )


def completed_document(completed: Completed, request: S3Request) -> bytes:
    return document(
        "CompleteMultipartUploadResult",
        element("Location", _location(request)),
        element("Bucket", request.bucket),
        element("Key", request.key),
        element("ETag", quoted(completed.etag)),
        checksum_elements(completed.checksum),
        request=request,
    )


def checksum_elements(checksum: Checksum) -> str:
    """Value and type; nothing without a value."""
    if not checksum.value:
        return ""
    return element(ALGORITHMS[checksum.algorithm].element, checksum.value) + element("ChecksumType", checksum.type)


def parts_document(
    upload: MultipartUpload, page: PartPage, *, owners: str, marker: int, limit: int, request: S3Request
) -> bytes:
    """`owners` are the elements `Initiator` and `Owner`."""
    name, encoding = _naming(request)
    return document(
        "ListPartsResult",
        element("Bucket", request.bucket),
        element("Key", name(upload.key)),
        element("UploadId", upload.pk),
        owners,
        element("StorageClass", "STANDARD"),
        element("PartNumberMarker", marker),
        element("NextPartNumberMarker", page.next_marker),
        element("MaxParts", limit),
        encoding,
        element("IsTruncated", page.is_truncated),
        element("ChecksumAlgorithm", upload.checksum_algorithm or None),
        element("ChecksumType", upload.checksum_type or None),
        *(_part(part) for part in page.parts),
        request=request,
    )


def _part(part: UploadedPart) -> str:
    return group(
        "Part",
        element("PartNumber", part.number),
        element("LastModified", iso_date(part.last_modified)),
        element("ETag", quoted(part.etag)),
        element("Size", part.size_bytes),
        element(ALGORITHMS[part.checksum_algorithm].element, part.checksum) if part.checksum else "",
    )


def uploads_document(page: UploadPage, *, owners: str, limit: int, request: S3Request) -> bytes:
    """`owners` are the elements `Initiator` and `Owner`."""
    name, encoding = _naming(request)
    return document(
        "ListMultipartUploadsResult",
        element("Bucket", request.bucket),
        element("KeyMarker", name(request.parameter("key-marker") or "")),
        element("UploadIdMarker", request.parameter("upload-id-marker") or ""),
        element("NextKeyMarker", name(page.last_key) if page.is_truncated else None),
        element("NextUploadIdMarker", page.last_upload_id if page.is_truncated else None),
        element("Prefix", name(request.parameter("prefix") or "")),
        element("Delimiter", name(request.parameter("delimiter") or "") or None),
        encoding,
        element("MaxUploads", limit),
        element("IsTruncated", page.is_truncated),
        *(_upload(upload, name(upload.key), owners) for upload in page.uploads),
        *(group("CommonPrefixes", element("Prefix", name(prefix))) for prefix in page.prefixes),
        request=request,
    )


def _upload(upload: MultipartUpload, name: str, owners: str) -> str:
    return group(
        "Upload",
        element("Key", name),
        element("UploadId", upload.pk),
        owners,
        element("StorageClass", "STANDARD"),
        element("Initiated", iso_date(upload.initiated_at)),
        element("ChecksumAlgorithm", upload.checksum_algorithm or None),
        element("ChecksumType", upload.checksum_type or None),
    )


def _naming(request: S3Request) -> tuple[Callable[[str], str], str]:
    """How keys are written, and the element that says so."""
    if is_encoded(request):
        return quote, element("EncodingType", "url")
    return str, ""


def _location(request: S3Request) -> str:
    """The address of the object, as the client would write it."""
    bucket = "" if request.host_bucket is not None else f"/{quote(request.bucket or '')}"
    return f"{request.scheme}://{request.host}{request.mount}{bucket}/{quote(request.key or '')}"

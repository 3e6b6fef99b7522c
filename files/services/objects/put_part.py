"""Make bytes that have arrived a part of an upload."""

from __future__ import annotations

from files.models import Content, MultipartUpload, UploadedPart
from files.object_errors import InvalidObjectRequest, NoSuchUpload
from files.services.objects import commit_queue
from files.services.objects.check_object_quota import check_object_quota, note_stored
from files.services.objects.checksums import encoded
from files.services.objects.content_store import forget_unnamed
from files.services.objects.find_upload import check_part_number, hold_upload
from files.services.objects.incoming import Arrived
from kbstore import faults
from kbstore.errors import KbstoreError


def put_part(*, upload: MultipartUpload, number: int, arrived: Arrived) -> UploadedPart:
    """The part, in place of one with its number: whichever comes here last stays.

    Raises NoSuchUpload if the upload has ended meanwhile, InvalidArgument, InvalidObjectRequest for a checksum of
    another algorithm than the upload's, QuotaExceeded; the bytes are gone then.
    """

    def work() -> UploadedPart:
        if hold_upload(upload).completed_at is not None:
            raise NoSuchUpload
        part = _put(upload, number, arrived)
        faults.reach("part.before_commit")
        return part

    try:
        check_part_number(number)
        check_algorithm(upload, arrived.checksum_algorithm)
        check_object_quota(upload.bucket.project_id, new_bytes=arrived.size_bytes)
        part = commit_queue.run(work)
    except KbstoreError:
        arrived.discard()
        raise
    note_stored(upload.bucket.project_id, new_bytes=arrived.size_bytes)
    return part


def check_algorithm(upload: MultipartUpload, algorithm: str) -> None:
    """Raises InvalidObjectRequest."""
    declared = upload.checksum_algorithm
    if declared and algorithm != declared:
        raise InvalidObjectRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {declared.lower()}, "
            f"actual checksum Type: {algorithm.lower()}"
        )


def _put(upload: MultipartUpload, number: int, arrived: Arrived) -> UploadedPart:
    former = UploadedPart.objects.filter(upload=upload, number=number).first()
    part = UploadedPart(
        pk=former.pk if former else None,
        upload=upload,
        number=number,
        content=Content.objects.create(pk=arrived.content_id, path=arrived.path, size_bytes=arrived.size_bytes),
        etag=arrived.etag,
        size_bytes=arrived.size_bytes,
        checksum_algorithm=arrived.checksum_algorithm,
        checksum=encoded(arrived.checksum),
    )
    part.save(force_insert=former is None, force_update=former is not None)
    if former is not None:
        forget_unnamed([former.content_id])
    return part

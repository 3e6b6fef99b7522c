"""End an upload in parts without an object."""

from __future__ import annotations

from files.models import MultipartUpload, UploadedPart
from files.object_errors import NoSuchUpload
from files.services.objects import commit_queue
from files.services.objects.content_store import forget_unnamed
from files.services.objects.find_upload import hold_upload

_BATCH = 500


def abort_upload(*, upload: MultipartUpload) -> None:
    """The upload and its parts are gone. Raises NoSuchUpload if it has ended meanwhile."""
    commit_queue.run(lambda: _abort(upload))


def _abort(upload: MultipartUpload) -> None:
    if hold_upload(upload).completed_at is not None:
        raise NoSuchUpload
    parts = UploadedPart.objects.filter(upload=upload)
    content_ids = list(parts.values_list("content_id", flat=True))
    parts.delete()
    MultipartUpload.objects.filter(pk=upload.pk).delete()
    forget_contents(content_ids)


def forget_contents(content_ids: list[str]) -> None:
    """As `forget_unnamed`, of any number."""
    for first in range(0, len(content_ids), _BATCH):
        forget_unnamed(content_ids[first : first + _BATCH])

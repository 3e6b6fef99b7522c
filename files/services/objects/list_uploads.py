"""List the open uploads of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from files.models import MultipartUpload, ObjectBucket
from files.services.objects.walk_keys import first_behind_prefix


@dataclass
class UploadPage:
    """Uploads by key, those of one key in the order of their creation, and common prefixes of keys.

    Both count. The next page begins behind `last_key` and, where that is no prefix, `last_upload_id`.
    """

    uploads: list[MultipartUpload] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last_key: str = ""
    last_upload_id: str = ""
    is_truncated: bool = False

    def __len__(self) -> int:
        return len(self.uploads) + len(self.prefixes)


def list_uploads(
    *,
    bucket: ObjectBucket,
    prefix: str = "",
    delimiter: str = "",
    after_key: str = "",
    after_upload_id: str = "",
    limit: int = 1000,
) -> UploadPage:
    """At most `limit` items behind `after_key`, or behind an upload of that key if one is named too."""
    page = UploadPage()
    if limit <= 0:
        return page
    rolled_up = after_key if delimiter and after_key.endswith(delimiter) else None
    for upload in _open_uploads(bucket, prefix, after_key, after_upload_id):
        common = _common_prefix(upload.key, prefix, delimiter)
        if common is not None and common == rolled_up:
            continue
        if len(page) == limit:
            page.is_truncated = True
            break
        rolled_up = common
        _add(page, upload, common)
    return page


def _add(page: UploadPage, upload: MultipartUpload, common: str | None) -> None:
    if common is None:
        page.uploads.append(upload)
        page.last_key, page.last_upload_id = upload.key, upload.pk
    else:
        page.prefixes.append(common)
        page.last_key, page.last_upload_id = common, ""


def _open_uploads(bucket: ObjectBucket, prefix: str, after_key: str, after_upload_id: str) -> Iterator[MultipartUpload]:
    """Ids begin with the time of their creation, so their order is that of the uploads."""
    found: QuerySet[MultipartUpload] = MultipartUpload.objects.filter(bucket=bucket, completed_at=None)
    if prefix:
        found = found.filter(key__gte=prefix)
    end = first_behind_prefix(prefix)
    if end is not None:
        found = found.filter(key__lt=end)
    if after_key:
        behind = Q(key__gt=after_key)
        if after_upload_id:
            behind |= Q(key=after_key, pk__gt=after_upload_id)
        found = found.filter(behind)
    return found.order_by("key", "pk").iterator(chunk_size=1000)


def _common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]

"""List the parts that an upload has received."""

from __future__ import annotations

from dataclasses import dataclass

from files.models import MultipartUpload, UploadedPart


@dataclass(frozen=True)
class PartPage:
    """Parts by their numbers; the next page begins behind the last of them."""

    parts: list[UploadedPart]
    is_truncated: bool

    @property
    def next_marker(self) -> int:
        return self.parts[-1].number if self.parts else 0


def list_parts(*, upload: MultipartUpload, after: int = 0, limit: int = 1000) -> PartPage:
    """At most `limit` parts with a number above `after`."""
    if limit <= 0:
        return PartPage([], is_truncated=False)
    found = list(UploadedPart.objects.filter(upload=upload, number__gt=after).order_by("number")[: limit + 1])
    return PartPage(found[:limit], is_truncated=len(found) > limit)

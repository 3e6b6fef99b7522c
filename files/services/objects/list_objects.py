"""List the objects of a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from files.models import ObjectBucket, StoredObject
from files.services.objects.walk_keys import Start, first_behind_prefix, walk_keys


class ListedObject(NamedTuple):
    """What a list tells of an object; the ETag is without quotes."""

    key: str
    last_modified: datetime
    etag: str
    size_bytes: int
    checksum_algorithm: str
    checksum_type: str


@dataclass(frozen=True)
class ObjectPage:
    """Objects and common prefixes, each in the order of their UTF-8 bytes; `last` is where the next page goes on."""

    objects: list[ListedObject]
    prefixes: list[str]
    last: str
    is_truncated: bool

    def __len__(self) -> int:
        return len(self.objects) + len(self.prefixes)


def list_objects(
    *, bucket: ObjectBucket, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000
) -> ObjectPage:
    """At most `limit` items behind `after`: a page costs what it holds, however many keys the bucket has."""
    in_bucket = StoredObject.objects.filter(bucket=bucket).order_by("key")
    end = first_behind_prefix(prefix)
    if end is not None:
        in_bucket = in_bucket.filter(key__lt=end)

    def fetch(start: Start, limit: int) -> Sequence[tuple[Any, ...]]:
        lookup = "key__gte" if start.is_inclusive else "key__gt"
        return list(in_bucket.filter(**{lookup: start.key}).values_list(*ListedObject._fields)[:limit])

    page = walk_keys(fetch, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
    return ObjectPage([ListedObject._make(row) for row in page.rows], page.prefixes, page.last, page.is_truncated)

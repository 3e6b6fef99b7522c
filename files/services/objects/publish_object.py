"""Give a content its name: the one step that makes an object appear, for all ways in which objects are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils import timezone

from files.models import Content, ObjectBucket, StoredObject
from files.object_errors import NoSuchBucket
from files.services.objects.content_store import forget_unnamed
from files.services.objects.prepared import PreparedRows
from files.services.objects.prepared_row import PreparedRow
from files.services.objects.registered_files import forget_files


@dataclass(frozen=True)
class Description:
    """What a client says of an object beside its bytes; see `Described` for the fields."""

    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checksum:
    """`value` is in base64; of a composite one with `-{parts}`."""

    algorithm: str = ""
    type: str = ""
    value: str = ""


class WriteConditions(Protocol):
    """Sees of an object its ETag, its content and its file."""

    def check_write(self, existing: StoredObject | None) -> None: ...


_BUCKET = PreparedRows(lambda pk: ObjectBucket.objects.filter(pk=pk).values_list("pk").order_by(), -1)
_OBJECTS, _CONTENTS = PreparedRow(StoredObject), PreparedRow(Content)
_SEEN = ("pk", "content_id", "file_id", "etag")
_EXISTING = PreparedRows(
    lambda bucket, key: StoredObject.objects.select_for_update().filter(bucket_id=bucket, key=key).values_list(*_SEEN),
    -1,
    "key",
)


def publish(
    *,
    bucket_id: int,
    key: str,
    content: Content,
    etag: str,
    description: Description,
    checksum: Checksum,
    parts: list[list[Any]] | None = None,
    conditions: WriteConditions | None = None,
) -> StoredObject:
    """The object under that key from the commit on; what it named before is forgotten.

    Call it in `commit_queue.run`. A new content gets its record here; one that exists is held until the commit.
    Raises NoSuchBucket, and what the conditions raise.
    """
    existing = _existing(bucket_id, key)
    if existing is None and not _BUCKET.rows(bucket_id):
        raise NoSuchBucket
    if conditions is not None:
        conditions.check_write(existing)
    _keep(content)
    stored = existing or StoredObject(bucket_id=bucket_id, key=key)
    former_content, former_file = stored.content_id, stored.file_id
    stored.content, stored.etag, stored.size_bytes = content, etag, content.size_bytes
    stored.content_type = description.content_type
    stored.headers, stored.metadata = dict(description.headers), dict(description.metadata)
    stored.checksum_algorithm, stored.checksum_type, stored.checksum = checksum.algorithm, checksum.type, checksum.value
    # A registered file is described anew, but it never gets other bytes.
    stored.file_id = former_file if former_content == content.pk else None
    stored.parts, stored.last_modified = parts, timezone.now()
    if existing is None:
        _OBJECTS.insert(stored)
    else:
        _OBJECTS.update(stored)
    if former_file is not None and stored.file_id is None:
        forget_files([former_file])
    if former_content is not None and former_content != content.pk:
        forget_unnamed([former_content])
    return stored


def _existing(bucket_id: int, key: str) -> StoredObject | None:
    """What the key names, held until the commit."""
    for row in _EXISTING.rows(bucket_id, key):
        return StoredObject(bucket_id=bucket_id, key=key, **dict(zip(_SEEN, row, strict=True)))
    return None


def _keep(content: Content) -> None:
    """In the catalog until the commit at least. Raises Content.DoesNotExist if it has been removed meanwhile."""
    if content._state.adding:
        # A copy, since the work may be repeated.
        _CONTENTS.insert(
            Content(
                pk=content.pk,
                path=content.path,
                pieces=content.pieces,
                size_bytes=content.size_bytes,
                created_at=content.created_at,
            )
        )
    else:
        Content.objects.select_for_update().get(pk=content.pk)

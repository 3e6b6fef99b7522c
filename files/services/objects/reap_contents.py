"""The janitor of objects: ends old uploads, removes contents that nothing names and bytes without a record."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef
from django.utils import timezone

from files.models import Content, MultipartUpload, StoredObject, UploadedPart
from files.object_errors import NoSuchUpload
from files.services.objects import commit_queue
from files.services.objects.abort_upload import abort_upload
from files.services.objects.content_store import CONTENTS, content_path, forget_unnamed, local_file

log = structlog.get_logger(__name__)
#: Younger ones may belong to work that is still going on.
GRACE_SECONDS = 3600.0
#: Clients that got no answer complete an upload again.
REMEMBERED = datetime.timedelta(hours=24)
_BATCH = 500


@dataclass(frozen=True)
class Reaped:
    """How many were removed."""

    open_uploads: int
    completed_uploads: int
    contents: int
    bytes_without_record: int


def reap_contents(*, now: datetime.datetime | None = None, grace_seconds: float = GRACE_SECONDS) -> Reaped:
    """Remove what has outlived its use; safe while objects are uploaded, copied and read, and to repeat."""
    moment = now or timezone.now()
    reaped = Reaped(
        open_uploads=_end_old_uploads(moment - datetime.timedelta(days=settings.S3_UPLOAD_TTL_DAYS)),
        completed_uploads=_forget_completed(moment - REMEMBERED),
        contents=_forget_contents(moment - datetime.timedelta(seconds=grace_seconds)),
        bytes_without_record=_remove_lost_bytes(grace_seconds),
    )
    if reaped != Reaped(0, 0, 0, 0):
        log.info("objects reaped", **vars(reaped))
    return reaped


def _end_old_uploads(before: datetime.datetime) -> int:
    old = MultipartUpload.objects.filter(completed_at=None, initiated_at__lt=before)
    return sum(_aborted(upload) for upload in list(old))


def _aborted(upload: MultipartUpload) -> bool:
    try:
        abort_upload(upload=upload)
    except NoSuchUpload:  # its client was faster
        return False
    return True


def _forget_completed(before: datetime.datetime) -> int:
    return MultipartUpload.objects.filter(completed_at__lt=before).delete()[0]


def _forget_contents(before: datetime.datetime) -> int:
    """Those of deleted projects and buckets, and what a crash left unnamed."""
    unnamed = Content.objects.filter(
        ~Exists(StoredObject.objects.filter(content_id=OuterRef("pk"))),
        ~Exists(UploadedPart.objects.filter(content_id=OuterRef("pk"))),
        created_at__lt=before,
    )
    ids = list(unnamed.values_list("pk", flat=True))
    for batch in _batches(ids):
        commit_queue.run(lambda: forget_unnamed(batch))  # noqa: B023 - run at once
    return len(ids)


def _remove_lost_bytes(grace_seconds: float) -> int:
    """Bytes come before their record and go after it; what nothing names for so long belongs to nobody.

    The records are asked after the directories: what got its record meanwhile is known then.
    """
    lost = [path for batch in _batches(_old_files(grace_seconds)) for path in _without_record(batch)]
    if lost:
        # A part keeps its place when its upload becomes an object, which then names it as one piece of many.
        pieces = _pieces()
        lost = [path for path in lost if path not in pieces]
    for path in lost:
        default_storage.delete(path)
    return len(lost)


def _without_record(paths: Sequence[str]) -> set[str]:
    return set(paths).difference(Content.objects.filter(path__in=paths).values_list("path", flat=True))


def _pieces() -> set[str]:
    made_of_parts = Content.objects.filter(pieces__isnull=False).values_list("pieces", flat=True)
    return {path for pieces in made_of_parts.iterator() for path, _ in pieces}


def _old_files(grace_seconds: float) -> Iterator[str]:
    """What lies there and has not been written to, nor got a second name, for so long."""
    limit = time.time() - grace_seconds
    for shard in _shards():
        yield from _old_files_in(shard, limit)


def _shards() -> list[str]:
    try:
        return list(default_storage.listdir(CONTENTS)[0])
    except FileNotFoundError:  # nothing was ever stored
        return []


def _old_files_in(shard: str, limit: float) -> Iterator[str]:
    directory = local_file(f"{CONTENTS}/{shard}")
    if directory is None:
        for name in default_storage.listdir(f"{CONTENTS}/{shard}")[1]:
            path = f"{CONTENTS}/{shard}/{name}"
            if _is_ours(path, name) and default_storage.get_modified_time(path).timestamp() <= limit:
                yield path
        return
    with os.scandir(directory) as entries:
        for entry in entries:
            path = f"{CONTENTS}/{shard}/{entry.name}"
            if _is_ours(path, entry.name) and _changed_at(entry) <= limit:
                yield path


def _is_ours(path: str, name: str) -> bool:
    return len(name) == 32 and path == content_path(name)


def _changed_at(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_ctime
    except FileNotFoundError:
        return float("inf")


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch

"""The limit on the bytes of one project, where its objects count as well as its files.

Counting all objects for every new one would cost more than to store it, so that a count is good for a while: writers
of other processes may overrun the limit by what they store meanwhile. Nobody is refused without a fresh count.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from files.errors import QuotaExceeded
from files.models import File, FileState, StoredObject, UploadedPart

_MIN_SECONDS = 10.0
#: A count of many objects is dear; then it is good for so many times the time that it took.
_WORTH = 100
_LOCK = threading.Lock()


@dataclass
class _Count:
    used_bytes: int
    expires: float


_COUNTS: dict[str, _Count] = {}


def check_object_quota(project_id: str | None, *, new_bytes: int) -> None:
    """Raise QuotaExceeded if so many bytes more do not fit; buckets without a project have no limit."""
    if project_id is None:
        return
    limit = settings.MAX_PROJECT_BYTES
    with _LOCK:
        count = _COUNTS.get(project_id)
    if count is None or time.monotonic() > count.expires or count.used_bytes + new_bytes > limit:
        count = _counted(project_id)
    if count.used_bytes + new_bytes > limit:
        raise QuotaExceeded("bytes", limit=limit, used=count.used_bytes)


def note_stored(project_id: str | None, *, new_bytes: int) -> None:
    """Bytes that were added; what is removed shows in the next count."""
    with _LOCK:
        count = _COUNTS.get(project_id or "")
        if count is not None:
            count.used_bytes += new_bytes


def object_bytes(project_id: str) -> int:
    """Bytes of a project's objects that are no registered files, and of open uploads."""
    stored = StoredObject.objects.filter(bucket__project_id=project_id, file=None)
    parts = UploadedPart.objects.filter(upload__bucket__project_id=project_id)
    return sum(found.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0 for found in (stored, parts))


def _counted(project_id: str) -> _Count:
    started = time.monotonic()
    registered = File.objects.filter(project_id=project_id, state=FileState.REGISTERED).order_by()
    used = object_bytes(project_id) + (registered.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0)
    now = time.monotonic()
    count = _Count(used, now + max(_MIN_SECONDS, _WORTH * (now - started)))
    with _LOCK:
        _COUNTS[project_id] = count
    return count

"""The janitor: removes what has outlived its time and what a crash has left behind."""

from __future__ import annotations

import datetime
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.core.files.storage import default_storage
from django.utils import timezone

from files.errors import FileInUse, FileNotFound
from files.models import Content, File, FileState
from files.services import staging
from files.services.content import content_exists, local_path
from files.services.delete_file import delete_file
from kbstore.access import SYSTEM

log = structlog.get_logger(__name__)
#: Younger leftovers may belong to work that is still going on.
GRACE_SECONDS = 3600.0


@dataclass(frozen=True)
class Purged:
    """How many were removed."""

    sessions: int
    expired_files: int
    staged_contents: int
    contents_without_record: int
    records_without_content: int


def purge_expired(*, now: datetime.datetime | None = None, grace_seconds: float = GRACE_SECONDS) -> Purged:
    """Remove sessions and files past their time and orphans on either side; safe while others work, and to repeat."""
    moment = now or timezone.now()
    sessions, _ = File.objects.filter(expires_at__lte=moment).exclude(state=FileState.REGISTERED).delete()
    purged = Purged(
        sessions=sessions,
        expired_files=_purge_expired_files(moment),
        contents_without_record=_settle_intents(grace_seconds),
        records_without_content=_purge_lost_records(moment - datetime.timedelta(seconds=grace_seconds)),
        staged_contents=_purge_staging(grace_seconds),
    )
    log.info("files purged", **vars(purged))
    return purged


def _purge_expired_files(moment: datetime.datetime) -> int:
    expired = File.objects.filter(state=FileState.REGISTERED, expires_at__lte=moment)
    return sum(_deleted(file) for file in expired.iterator())


def _deleted(file: File) -> bool:
    try:
        delete_file(actor=SYSTEM, project_id=file.project_id, file_id=file.id)
    except (FileInUse, FileNotFound):  # read right now: the next round; or somebody else was faster
        return False
    return True


def _settle_intents(grace_seconds: float) -> int:
    removed = 0
    for intent in _old(f"*{staging.INTENT_SUFFIX}", grace_seconds):
        path = intent.read_text(encoding="utf-8")
        if content_exists(path) and not _is_named(path):
            default_storage.delete(path)
            removed += 1
        intent.unlink(missing_ok=True)
    return removed


def _is_named(path: str) -> bool:
    return File.objects.filter(path=path).exists() or Content.objects.filter(path=path).exists()


def _purge_lost_records(before: datetime.datetime) -> int:
    registered = File.objects.filter(state=FileState.REGISTERED, created_at__lt=before)
    lost = [file for file in registered.iterator() if _has_home(file) and not content_exists(file.path)]
    return sum(_deleted(file) for file in lost)


def _has_home(file: File) -> bool:
    """False if the project has no directory at all: then a disk is missing rather than a file."""
    path = local_path(file.path)
    return path is None or local_path(f"project_{file.project_id}/x").parent.exists()  # type: ignore[union-attr]


def _purge_staging(grace_seconds: float) -> int:
    """Received bytes that no open session knows."""
    removed = 0
    open_sessions = File.objects.exclude(state=FileState.REGISTERED)
    for content in _old(f"*{staging.DONE_SUFFIX}", grace_seconds):
        removed += not open_sessions.filter(path=content.name).exists() and _unlinked(content)
    for part in _old(f"*{staging.PART_SUFFIX}", grace_seconds):
        is_resumable = part.name.count(".") == 1
        removed += not (is_resumable and open_sessions.filter(upload_key=part.stem).exists()) and _unlinked(part)
    return removed + sum(
        _unlinked(found) for found in _old(f"*{staging.READING_SUFFIX}", max(grace_seconds, 24 * 3600.0))
    )


def _unlinked(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return True


def _old(pattern: str, grace_seconds: float) -> list[Path]:
    """Files of the uploads directory that nobody has changed for this long."""
    limit = time.time() - grace_seconds
    return [path for path in staging.uploads_dir().glob(pattern) if _changed(path) <= limit]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")

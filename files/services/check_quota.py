"""Limits on what one project may keep: registered files and objects, and apart from them sessions and staged bytes."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from files.errors import QuotaExceeded
from files.models import File, FileState
from files.services.objects.check_object_quota import check_object_quota


def check_registered_quota(project_id: str, *, new_bytes: int) -> None:
    """Raise QuotaExceeded if one more file of this size does not fit; call it in the transaction that adds it."""
    _check(File.objects.filter(project_id=project_id, state=FileState.REGISTERED), new_files=1, new_bytes=new_bytes)
    check_object_quota(project_id, new_bytes=new_bytes)


def check_staged_quota(project_id: str, *, new_files: int = 0, new_bytes: int = 0) -> None:
    """The same limits over what waits for registration, so that sessions cannot fill the disk."""
    staged = File.objects.filter(project_id=project_id).exclude(state=FileState.REGISTERED)
    _check(staged, new_files=new_files, new_bytes=new_bytes)


def _check(files: QuerySet[File], *, new_files: int, new_bytes: int) -> None:
    used = files.order_by().aggregate(files=Count("id"), bytes=Sum("size_bytes"))
    used_files, used_bytes = used["files"], used["bytes"] or 0
    if used_files + new_files > settings.MAX_PROJECT_FILES:
        raise QuotaExceeded("files", limit=settings.MAX_PROJECT_FILES, used=used_files)
    if used_bytes + new_bytes > settings.MAX_PROJECT_BYTES:
        raise QuotaExceeded("bytes", limit=settings.MAX_PROJECT_BYTES, used=used_bytes)

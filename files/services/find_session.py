"""Find the upload session that a key names."""

from __future__ import annotations

from django.utils import timezone

from files.errors import UploadSessionExpired, UploadSessionMismatch, UploadSessionNotFound
from files.models import File


def find_session(*, project_id: str, upload_key: str) -> File:
    """The open session. Raises UploadSessionNotFound, UploadSessionMismatch, UploadSessionExpired."""
    file = File.objects.filter(upload_key=upload_key).first()
    if file is None:
        raise UploadSessionNotFound(upload_key)
    if file.project_id != project_id:
        raise UploadSessionMismatch(upload_key, project_id)
    if file.expires_at is not None and file.expires_at <= timezone.now():
        raise UploadSessionExpired(upload_key)
    return file

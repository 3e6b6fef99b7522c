"""Open an upload session."""

from __future__ import annotations

import datetime
import uuid

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from files.errors import DeclaredFileTooLarge
from files.models import File
from files.services.check_quota import check_staged_quota
from files.services.file_names import check_content_type, check_name, check_tags
from files.services.projects import require_project
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


@operation("prepare_file", resource_type="file", need=Need.FILES)
def prepare_upload(
    *,
    actor: Actor,
    project_id: str,
    filename: str,
    content_type: str | None = None,
    size_bytes: int | None = None,
    tags: dict[str, str] | None = None,
) -> File:
    """A new session: its `upload_key` takes the bytes until `expires_at`."""
    require_project(project_id)
    limit = settings.MAX_FILE_BYTES
    if size_bytes is not None and size_bytes > limit:
        raise DeclaredFileTooLarge(limit=limit, requested=size_bytes)
    session = File(
        project_id=project_id,
        upload_key=str(uuid.uuid4()),
        name=check_name(filename),
        content_type=check_content_type(content_type),
        declared_size_bytes=size_bytes,
        tags=check_tags(tags),
        expires_at=timezone.now() + datetime.timedelta(hours=settings.STAGING_TTL_HOURS),
    )
    with transaction.atomic():
        check_staged_quota(project_id, new_files=1)
        session.save(force_insert=True)
        record_success(str(session.upload_key), name=session.name, size_bytes=size_bytes)
    return session

"""Let somebody without an account download one file for a while."""

from __future__ import annotations

import datetime
import time

from django.conf import settings
from django.db import transaction

from files.services.get_file import find_file
from files.services.objects.buckets import builtin_name
from files.services.objects.own_url import OwnUrl
from files.services.objects.registered_files import object_key
from files.services.projects import require_project
from kbstore.access import Actor, Need
from kbstore.errors import InvalidRequest
from kbstore.operations import operation, record_success


class InvalidLifetime(InvalidRequest):
    """Longer than the installation allows, or no time at all."""

    code = "invalid_lifetime"

    def __init__(self, most: int) -> None:
        super().__init__(f"A link lives for 1 to {most} seconds.", details={"max_seconds": most})


@operation("presign_file", resource_type="file", need=Need.FILES)
def presign_file(*, actor: Actor, project_id: str, file_id: str, lifetime: datetime.timedelta) -> OwnUrl:
    """A URL that opens the file for whoever has it, until then; nothing takes it back but deleting the file.

    Raises FileNotFound, FileContentNotFound, InvalidLifetime.
    """
    require_project(project_id)
    seconds = int(lifetime.total_seconds())
    if not 1 <= seconds <= settings.PRESIGN_MAX_EXPIRY:
        raise InvalidLifetime(settings.PRESIGN_MAX_EXPIRY)
    file = find_file(project_id=project_id, file_id=file_id)
    url = OwnUrl("GET", builtin_name(project_id), object_key(file), str(int(time.time()) + seconds))
    with transaction.atomic():
        record_success(file.id, name=file.name, seconds=seconds)
    return url

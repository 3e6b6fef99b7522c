"""Set the time zone that workspace sessions of a project begin with."""

from __future__ import annotations

import functools
import zoneinfo

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import InvalidTimeZone


@operation("set_time_zone", resource_type="project", need=Need.ADMIN)
def set_time_zone(*, actor: Actor, project_id: str, time_zone: str) -> None:
    """It holds for sessions from now on; a client may choose another for itself. Raises InvalidTimeZone."""
    if time_zone not in _known_zones():
        raise InvalidTimeZone(time_zone)
    with transaction.atomic():
        project = catalog.find_project(project_id)
        project.time_zone, project.updated_at = time_zone, timezone.now()
        project.save(update_fields=["time_zone", "updated_at"])
        record_success(project_id, time_zone=time_zone)


@functools.lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    # DuckDB knows all of them but this one, which is that of the server.
    return frozenset(zoneinfo.available_timezones() - {"localtime"})

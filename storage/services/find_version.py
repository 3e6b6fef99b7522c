"""The versions of a table that are still there, and one of them by number or id."""

from __future__ import annotations

from django.db.models import QuerySet

from storage.errors import VersionNotFound
from storage.models import Table, TableVersion

_MAX_DIGITS = 9


def versions_of(table: Table) -> QuerySet[TableVersion]:
    """Kept history and what snapshots pin beyond it, newest first.

    Through a link only the current one: what the source's project removed is not for others to see.
    """
    if table.via_link is not None:
        return TableVersion.objects.filter(pk=table.current_version_id)
    return TableVersion.objects.filter(table=table.pk).order_by("-number")


def find_version(table: Table, version: str) -> TableVersion:
    """A version by its number or its id. Raises VersionNotFound."""
    is_number = version.isascii() and version.isdigit() and len(version) <= _MAX_DIGITS
    wanted = {"number": int(version)} if is_number else {"pk": version}
    found = versions_of(table).filter(**wanted).first()
    if found is None:
        raise VersionNotFound(table.name, version)
    return found

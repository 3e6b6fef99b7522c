"""List the files of a project."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, QuerySet, TextField, Value

from files.models import File, FileState
from files.services.projects import require_project
from kbstore.access import Actor, Need


@dataclass(frozen=True)
class FileFilter:
    """All given conditions hold together; `tag` is a key and its exact value, `since` includes its moment."""

    include_staged: bool = False
    tag: tuple[str, str] | None = None
    name_contains: str | None = None
    since: datetime.datetime | None = None


def list_files(
    *, actor: Actor, project_id: str, limit: int = 100, offset: int = 0, wanted: FileFilter | None = None
) -> tuple[list[File], int]:
    """One page, newest first, and how many there are in all."""
    actor.require(Need.FILES_READ, project_id=project_id)
    require_project(project_id)
    found = _filtered(project_id, wanted or FileFilter())
    return list(found[offset : offset + limit]), found.count()


def _filtered(project_id: str, wanted: FileFilter) -> QuerySet[File]:
    states = [FileState.REGISTERED, FileState.UPLOADED] if wanted.include_staged else [FileState.REGISTERED]
    found = File.objects.filter(project_id=project_id, state__in=states)
    if wanted.name_contains:
        found = found.filter(name__contains=wanted.name_contains)
    if wanted.since is not None:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.tag is not None:
        key, value = wanted.tag
        found = found.annotate(tag_value=TagValue(F("tags"), Value(key))).filter(tag_value=value)
    return found


class TagValue(Func):
    """The value of one key of a JSON object; unlike Django's key lookup, also of a key of digits.

    SQLite does not find a key with a double quote in it.
    """

    function = "JSONB_EXTRACT_PATH_TEXT"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        tags, key = self.get_source_expressions()
        path = Value("$." + json.dumps(key.value))
        return Func(tags, path, function="JSON_EXTRACT").as_sql(compiler, connection)

"""Change what people call a file; its bytes and its path stay."""

from __future__ import annotations

from enum import Enum

from django.db import transaction

from files.errors import FileNotFound
from files.models import File
from files.services.file_names import check_name, check_tags
from files.services.get_file import get_file
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


class Keep(Enum):
    """Stands for a field that is not to be changed, where None is a value."""

    KEEP = 0


@operation("update_file", resource_type="file", need=Need.FILES)
def update_file(
    *,
    actor: Actor,
    project_id: str,
    file_id: str,
    name: str | None = None,
    tags: dict[str, str] | None | Keep = Keep.KEEP,
) -> File:
    """The changed record. `tags` replace all earlier ones, None removes them; a name of None stays."""
    with transaction.atomic():
        file = get_file(actor=actor, project_id=project_id, file_id=file_id)
        changes: dict[str, object] = {}
        if name is not None:
            changes["name"] = check_name(name)
        if not isinstance(tags, Keep):
            changes["tags"] = check_tags(tags)
        if changes and not File.objects.filter(pk=file.pk).update(**changes):
            raise FileNotFound(project_id, file_id)
        record_success(file.id, **changes)
    file.refresh_from_db()
    return file

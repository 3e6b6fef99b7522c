"""Remove all bytes of a deleted project."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from django.core.files.storage import default_storage

from files.models import Content, StoredObject
from files.services.content import local_path
from files.services.objects.buckets import builtin_name
from files.services.objects.content_store import forget_unnamed

_BATCH = 500


def contents_of_files(project_id: str) -> list[str]:
    """The contents of a project's registered files, to be asked for while there still are such files."""
    files = StoredObject.objects.filter(file__project_id=project_id)
    return list(files.values_list("content_id", flat=True))


def forget_contents(content_ids: Sequence[str]) -> None:
    """Remove those that nothing else names; call it in the transaction that deleted the project."""
    for start in range(0, len(content_ids), _BATCH):
        forget_unnamed(content_ids[start : start + _BATCH])


def delete_project_files(project_id: str, paths: list[str]) -> None:
    """Remove what lies under a project whose records are gone; `paths` are the objects that its records named.

    What copies in other buckets have in common with it stays. Objects that clients put into a local storage beside
    them go too; those of the S3 endpoint lie elsewhere and are the janitor's.
    """
    directory = f"{builtin_name(project_id)}/"
    kept = set(Content.objects.filter(path__startswith=directory).values_list("path", flat=True))
    home = local_path(f"{directory}x")
    if home is None:
        for path in set(paths) - kept:
            default_storage.delete(path)
    elif kept:
        _remove_others(home.parent, {Path(default_storage.path(path)) for path in kept})
    else:
        shutil.rmtree(home.parent, ignore_errors=True)


def _remove_others(home: Path, kept: set[Path]) -> None:
    for path in home.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink(missing_ok=True)

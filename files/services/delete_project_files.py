"""Remove all bytes of a deleted project."""

from __future__ import annotations

import shutil

from django.core.files.storage import default_storage

from files.services.content import local_path


def delete_project_files(project_id: str, paths: list[str]) -> None:
    """Remove the content of a project whose records are gone; `paths` are the objects that its records named.

    Objects that clients put into a local storage beside them go too.
    """
    home = local_path(f"project_{project_id}/x")
    if home is not None:
        shutil.rmtree(home.parent, ignore_errors=True)
        return
    for path in paths:
        default_storage.delete(path)

"""Whether this server can work."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from storage.errors import StorageUnavailable

MINIMUM_FREE_BYTES = 64 * 2**20


def storage_paths() -> dict[str, Path]:
    """The directories that the contract names."""
    return {
        "data_dir": settings.DATA_DIR,
        "duckdb_dir": settings.DUCKDB_DIR,
        "files_dir": settings.FILES_DIR,
        "snapshots_dir": settings.SNAPSHOTS_DIR,
    }


def check_health() -> dict[str, bool]:
    """One true for each directory. Raises StorageUnavailable if one is missing; asks nothing that can be slow."""
    found = {name: path.is_dir() for name, path in storage_paths().items()}
    if not all(found.values()):
        raise StorageUnavailable(found)
    return found


def check_readiness() -> dict[str, bool]:
    """Also whether the directories can be written, the disk has space and the catalog answers."""
    paths = storage_paths()
    found = {name: path.is_dir() for name, path in paths.items()}
    found["writable"] = all(os.access(path, os.W_OK) for path in paths.values())
    found["free_space"] = paths["data_dir"].is_dir() and shutil.disk_usage(paths["data_dir"]).free > MINIMUM_FREE_BYTES
    found["catalog"] = _catalog_answers()
    if not all(found.values()):
        raise StorageUnavailable(found)
    return found


def _catalog_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True

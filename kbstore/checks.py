"""System checks with ids: a wrong value in the environment stops the start with a hint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from kbstore import env

MINIMUM_DUCKDB_MEMORY = 128 * 2**20


@register()
def environment_values(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{name}: {problem}.", hint="docs/settings.md lists every setting and its values.", id="kbstore.E001")
        for name, problem in env.problems
    ]


@register()
def data_directories(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in ("DATA_DIR", "DUCKDB_DIR", "FILES_DIR", "VERSIONS_DIR", "KBSTORE_TEMP_DIR"):
        directory: Path = settings.TEMP_DIR if name == "KBSTORE_TEMP_DIR" else getattr(settings, name)
        existing = next(parent for parent in (directory, *directory.parents) if parent.exists())
        if not existing.is_dir():
            found.append(Error(f"{name}: {existing} is not a directory.", hint="Name a directory.", id="kbstore.E002"))
        elif not os.access(existing, os.W_OK):
            found.append(
                Error(f"{name}: {existing} is not writable.", hint="Give kbstore's user that right.", id="kbstore.E003")
            )
    return found


@register()
def same_file_system(**_: Any) -> list[CheckMessage]:
    """Publishing renames a staged file into `versions`, which only works inside one file system."""
    existing = [
        next(parent for parent in (path, *path.parents) if parent.exists())
        for path in (settings.STAGING_DIR, settings.VERSIONS_DIR)
    ]
    if existing[0].stat().st_dev == existing[1].stat().st_dev:
        return []
    hint = "Leave VERSIONS_DIR unset, or mount DATA_DIR and VERSIONS_DIR from one file system."
    return [Error("DATA_DIR and VERSIONS_DIR are on different file systems.", hint=hint, id="kbstore.E004")]


@register()
def engine_limits(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    share = settings.DUCKDB_MEMORY_LIMIT // settings.HEAVY_SLOTS
    if share < MINIMUM_DUCKDB_MEMORY:
        hint = "Raise DUCKDB_MEMORY_LIMIT or lower KBSTORE_HEAVY_SLOTS so that each slot has at least 128MiB."
        found.append(Error(f"DUCKDB_MEMORY_LIMIT leaves {share} bytes a slot.", hint=hint, id="kbstore.E005"))
    if settings.LOG_FORMAT not in ("console", "json"):
        found.append(Error(f"LOG_FORMAT: {settings.LOG_FORMAT!r}.", hint="Use console or json.", id="kbstore.E006"))
    return found


@register()
def table_backends(**_: Any) -> list[CheckMessage]:
    from storage.engine.registry import backend_names
    from storage.runtime import register_backends

    hint = "KBSTORE_TABLE_BACKENDS names Python modules, each with a function register()."
    try:
        register_backends()
    except ImportError as error:
        return [Error(f"KBSTORE_TABLE_BACKENDS: {error}.", hint=hint, id="kbstore.E007")]
    if settings.DEFAULT_TABLE_BACKEND in backend_names():
        return []
    hint = f"Use one of: {', '.join(backend_names())}."
    problem = f"KBSTORE_DEFAULT_TABLE_BACKEND: there is no table backend {settings.DEFAULT_TABLE_BACKEND!r}."
    return [Error(problem, hint=hint, id="kbstore.E008")]


@register(deploy=True)
def admin_key(**_: Any) -> list[CheckMessage]:
    if settings.ADMIN_API_KEY:
        return []
    hint = "Set ADMIN_API_KEY (or ADMIN_API_KEY_FILE); until then nobody can create a project over REST."
    return [Warning("ADMIN_API_KEY is not set.", hint=hint, id="kbstore.W001")]


@register(deploy=True)
def shares(**_: Any) -> list[CheckMessage]:
    if settings.REQUIRE_SHARE_FOR_LINK:
        return []
    hint = "Leave REQUIRE_SHARE_FOR_LINK unset unless all projects belong to one team."
    return [Warning("Every project may read every bucket.", hint=hint, id="kbstore.W002")]

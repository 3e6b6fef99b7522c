"""The engine of this process, built from settings on first use and again after a setting changed: the one place above
the engine that names table backends.
"""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from storage import catalog
from storage.engine import file_backend
from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.registry import forget_backends, register_backend
from storage.engine.router import BackendRouter

_lock = threading.Lock()
_engine: BackendRouter | None = None


def engine_config() -> EngineConfig:
    return EngineConfig(
        duckdb_dir=settings.DUCKDB_DIR,
        versions_dir=settings.VERSIONS_DIR,
        staging_dir=settings.STAGING_DIR,
        locks_dir=settings.LOCKS_DIR,
        temp_dir=settings.TEMP_DIR,
        threads=settings.DUCKDB_THREADS,
        memory_limit_bytes=settings.DUCKDB_MEMORY_LIMIT,
        temp_limit_bytes=settings.DUCKDB_TEMP_LIMIT,
        heavy_slots=settings.HEAVY_SLOTS,
        reader_pool_size=settings.READER_POOL_SIZE,
        lock_timeout_seconds=settings.LOCK_TIMEOUT,
        operation_timeout_seconds=settings.OPERATION_TIMEOUT,
    )


def register_backends() -> None:
    """The file backend, and those that TABLE_BACKENDS names: modules with a `register()`. Raises ImportError."""
    register_backend(FileBackend, file_backend.CAPABILITIES)
    for dotted_path in settings.TABLE_BACKENDS:
        import_string(f"{dotted_path}.register")()


def engine() -> BackendRouter:
    """The table backend of all projects; the same one for every caller of this process."""
    global _engine
    with _lock:
        if _engine is None:
            register_backends()
            _engine = BackendRouter(engine_config(), catalog.backend_of)
        return _engine


def close_engine() -> None:
    """Close pooled instances; the next `engine()` builds a new one."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None


def _forget_on_change(*, setting: str, **_: Any) -> None:
    if setting == "TABLE_BACKENDS" or setting.endswith(("_DIR", "_SLOTS", "_LIMIT", "_THREADS", "_TIMEOUT", "_SIZE")):
        close_engine()
    if setting == "TABLE_BACKENDS":
        forget_backends()


setting_changed.connect(_forget_on_change)

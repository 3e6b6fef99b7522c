"""The engine of this process, built from settings on first use and again after a setting changed."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from storage.engine.backend import TableBackend
from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend

_lock = threading.Lock()
_engine: TableBackend | None = None


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


def engine() -> TableBackend:
    """The table backend; the same one for every caller of this process."""
    global _engine
    with _lock:
        if _engine is None:
            _engine = FileBackend(engine_config())
        return _engine


def close_engine() -> None:
    """Close pooled instances; the next `engine()` builds a new one."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None


def _forget_on_change(*, setting: str, **_: Any) -> None:
    if setting.endswith(("_DIR", "_SLOTS", "_LIMIT", "_THREADS", "_TIMEOUT", "_SIZE")):
        close_engine()


setting_changed.connect(_forget_on_change)

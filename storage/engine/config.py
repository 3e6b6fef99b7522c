"""The frozen configuration of the engine, built from settings by `storage.runtime`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EngineConfig:
    """Where files lie and what the engine may use. Sizes in bytes, times in seconds.

    `memory_limit_bytes` and `threads` are for the whole process: heavy work (loads, exports, schema changes) runs in at
    most `heavy_slots` DuckDB instances at once and each gets its share; previews use small instances of their own.
    `heavy_niceness` is how much heavy work gives way to requests where processors are scarce (0 to 19, 0: not at all).
    """

    duckdb_dir: Path
    versions_dir: Path
    staging_dir: Path
    locks_dir: Path
    temp_dir: Path
    threads: int = 4
    memory_limit_bytes: int = 4_000_000_000
    temp_limit_bytes: int = 100_000_000_000
    heavy_slots: int = 2
    reader_pool_size: int = 4
    reader_memory_bytes: int = 256_000_000
    lock_timeout_seconds: float = 60.0
    operation_timeout_seconds: float = 600.0
    heavy_niceness: int = 10

    @property
    def slot_memory_bytes(self) -> int:
        return self.memory_limit_bytes // self.heavy_slots

    @property
    def slot_threads(self) -> int:
        return max(1, self.threads)

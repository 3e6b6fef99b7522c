"""The only caller of `duckdb.connect`: confined instances with limits, slots for heavy work, a pool of readers."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from kbstore.errors import ServiceUnavailable
from storage.engine.config import EngineConfig
from storage.engine.monitor import Monitor
from storage.engine.ownership import fresh_name
from storage.engine.sql import literal_list

# DuckDB opens these beside a database file: the log, and the logs of a checkpoint and of a recovery in progress.
COMPANION_SUFFIXES = (".wal", ".wal.checkpoint", ".wal.recovery")
_WAIT_SLICE_SECONDS = 0.05
#: From this size of what it reads on, work gives way to requests.
GIVES_WAY_BYTES = 16 * 1024 * 1024
_READER_WAIT_SECONDS = 30.0


@contextmanager
def open_instance(
    config: EngineConfig,
    *,
    threads: int,
    memory_bytes: int,
    readable: Sequence[Path] = (),
    writable_dirs: Sequence[Path] = (),
    monitor: Monitor | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A confined in-memory instance, closed and cleaned up on exit.

    It reaches the `readable` paths (files, with what DuckDB keeps beside a database; or directories) and
    `writable_dirs` and nothing else: DuckDB has no read-only permission for files, so "readable" is a promise of the
    caller. No extension loads and no setting can change any more.
    """
    if monitor is not None:
        monitor.check()
    temp_dir = config.temp_dir / fresh_name(config.locks_dir)
    connection = duckdb.connect(":memory:", config=_limits(config, threads, memory_bytes, temp_dir))
    try:
        _confine(connection, spill_bytes=config.temp_limit_bytes, readable=readable, directories=writable_dirs)
        yield connection
    finally:
        connection.close()
        shutil.rmtree(temp_dir, ignore_errors=True)


@contextmanager
def heavy_instance(
    config: EngineConfig, monitor: Monitor | None = None, allow: Sequence[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A confined instance with the share of one heavy slot; waits for the slot, and the monitor can end the wait.

    Where the files it may reach are large, the calling thread and DuckDB's threads give way to requests from then on:
    call it from a thread for heavy work. Small work is over sooner than giving way would be worth: it would starve
    beside many requests.
    """
    if _bytes_of(allow) >= GIVES_WAY_BYTES:
        _give_way(config.heavy_niceness)
    with (
        _heavy_slot(config, monitor),
        open_instance(
            config,
            threads=config.slot_threads,
            memory_bytes=config.slot_memory_bytes,
            readable=[path for path in allow if not path.is_dir()],
            writable_dirs=[path for path in allow if path.is_dir()],
            monitor=monitor,
        ) as connection,
    ):
        yield connection


@contextmanager
def light_instance(config: EngineConfig, allow: Sequence[Path] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    """A confined instance for work that reads no rows, such as making an empty table: it waits for nobody."""
    with open_instance(config, threads=1, memory_bytes=config.reader_memory_bytes, readable=allow) as connection:
        yield connection


def _bytes_of(paths: Sequence[Path]) -> int:
    total = 0
    for path in paths:
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _give_way(niceness: int) -> None:
    """Lower the priority of this thread; threads that DuckDB starts from it inherit that. Linux knows it per thread."""
    if not sys.platform.startswith("linux"):
        return
    thread = threading.get_native_id()
    if os.getpriority(os.PRIO_PROCESS, thread) < niceness:
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


class ReaderPool:
    """A few kept instances that see the versions directory only, for short reads such as previews.

    A connection belongs to one thread while it is held. Whoever attaches something detaches it before giving it back;
    an instance given back by an exception is closed, not reused.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._free: list[_Kept] = []
        self._lock = threading.Lock()
        self._permits = threading.BoundedSemaphore(config.reader_pool_size)
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Borrow an instance. Raises ServiceUnavailable when all stay busy for long or the pool is closed."""
        if not self._permits.acquire(timeout=_READER_WAIT_SECONDS):
            raise ServiceUnavailable("All readers are busy. Please try again.")
        try:
            kept = self._take()
            try:
                yield kept.connection
            except BaseException:
                kept.close()
                raise
            self._give_back(kept)
        finally:
            self._permits.release()

    def close(self) -> None:
        """Close what is idle now and what is borrowed when it comes back; safe to call twice."""
        with self._lock:
            self._closed = True
            idle, self._free = self._free, []
        for kept in idle:
            kept.close()

    def _take(self) -> _Kept:
        with self._lock:
            if self._closed:
                raise ServiceUnavailable("The server is shutting down.")
            if self._free:
                return self._free.pop()
        return _Kept(self._config)

    def _give_back(self, kept: _Kept) -> None:
        with self._lock:
            if not self._closed:
                self._free.append(kept)
                return
        kept.close()


class _Kept:
    """One instance of the pool."""

    def __init__(self, config: EngineConfig) -> None:
        self._temp_dir = config.temp_dir / fresh_name(config.locks_dir)
        self.connection = duckdb.connect(
            ":memory:", config=_limits(config, 1, config.reader_memory_bytes, self._temp_dir)
        )
        _confine(self.connection, spill_bytes=config.temp_limit_bytes, readable=(), directories=(config.versions_dir,))

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._temp_dir, ignore_errors=True)


def _limits(
    config: EngineConfig, threads: int, memory_bytes: int, temp_dir: Path
) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "threads": threads,
        "memory_limit": f"{memory_bytes}B",
        "temp_directory": str(temp_dir),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "preserve_insertion_order": True,
    }


def _confine(
    connection: duckdb.DuckDBPyConnection, *, spill_bytes: int, readable: Iterable[Path], directories: Iterable[Path]
) -> None:
    files = [f"{path}{suffix}" for path in readable for suffix in ("", *COMPANION_SUFFIXES)]
    connection.execute("SET TimeZone = 'UTC'")
    # Given to connect() this limit shows in the settings and is not enforced (seen with 1.5.5).
    connection.execute(f"SET max_temp_directory_size = '{spill_bytes}B'")
    # A checkpoint would merge row groups that are not full, as a CSV load makes them, by writing the whole table a
    # second time beside the first: half as fast, and the file twice as large. `VersionStore` compacts worn tables.
    connection.execute("SET max_vacuum_tasks = 0")
    # query_progress() answers only while the progress bar is on; it must not draw one into the server's output.
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute(f"SET allowed_paths = {literal_list(files)}")
    connection.execute(f"SET allowed_directories = {literal_list(f'{path}/' for path in directories)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


_slots: dict[int, threading.BoundedSemaphore] = {}
_slots_lock = threading.Lock()


def _slot_semaphore(count: int) -> threading.BoundedSemaphore:
    """The semaphore of this process for that many slots: backends with equal settings share it."""
    with _slots_lock:
        return _slots.setdefault(count, threading.BoundedSemaphore(count))


@contextmanager
def _heavy_slot(config: EngineConfig, monitor: Monitor | None) -> Iterator[None]:
    slots = _slot_semaphore(config.heavy_slots)
    deadline = time.monotonic() + config.operation_timeout_seconds
    while not slots.acquire(timeout=_WAIT_SLICE_SECONDS):
        if monitor is not None:
            monitor.check()
        if time.monotonic() > deadline:
            raise ServiceUnavailable("The server is busy with other heavy work. Please try again.")
    try:
        yield
    finally:
        slots.release()


class _Scratch:
    """The one small instance of the process that parses and computes constants; it sees no file."""

    connection: duckdb.DuckDBPyConnection | None = None
    lock = threading.Lock()


@contextmanager
def scratch_instance() -> Iterator[duckdb.DuckDBPyConnection]:
    """Borrow the instance that parses SQL and evaluates constants: short work only, one borrower at a time."""
    with _Scratch.lock:
        if _Scratch.connection is None:
            limits: dict[str, str | bool | int] = {"threads": 1, "memory_limit": "64MB", "temp_directory": ""}
            connection = duckdb.connect(":memory:", config={**limits, "autoload_known_extensions": False})
            _confine(connection, spill_bytes=0, readable=(), directories=())
            _Scratch.connection = connection
        yield _Scratch.connection

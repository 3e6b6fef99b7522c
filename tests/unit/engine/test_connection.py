"""Instances are confined to the paths they were given, and slots and readers are limited."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from kbstore.errors import NoSpace, OperationCancelled, ServiceUnavailable
from storage.engine.config import EngineConfig
from storage.engine.connection import GIVES_WAY_BYTES, ReaderPool, heavy_instance, open_instance
from storage.engine.errors import translated_errors
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import SealedVersion
from storage.engine.sql import attach_sql


@pytest.fixture
def allowed(layout: Layout) -> Path:
    return layout.config.staging_dir / "allowed.duckdb"


@pytest.fixture
def confined(layout: Layout, allowed: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    (tmp_path / "in.csv").write_text("a\n1\n")
    (tmp_path / "secret.csv").write_text("password\nswordfish\n")
    paths = [allowed, tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "out.parquet"]
    with heavy_instance(layout.config, None, paths) as connection:
        yield connection


def test_work_on_the_allowed_paths_succeeds(confined: duckdb.DuckDBPyConnection, allowed: Path, tmp_path: Path) -> None:
    confined.execute(attach_sql(allowed, "staged", ["BLOCK_SIZE 16384"]))
    confined.execute(f"CREATE TABLE staged.main.data AS FROM read_csv('{tmp_path}/in.csv')")
    confined.execute("INSERT INTO staged.main.data VALUES (2)")
    confined.execute(f"COPY staged.main.data TO '{tmp_path}/out.csv'")
    confined.execute(f"COPY staged.main.data TO '{tmp_path}/out.parquet'")
    confined.execute("DETACH staged")
    confined.execute(attach_sql(allowed, "again", ["READ_ONLY"]))
    assert confined.execute("SELECT a FROM again.main.data").fetchall() == [(1,), (2,)]
    assert confined.execute(f"SELECT count(*) FROM '{tmp_path}/out.parquet'").fetchone() == (2,)


@pytest.mark.parametrize(
    "attack",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/etc/passwd')",
        "FROM read_csv('{dir}/secret.csv')",
        "FROM read_csv('{dir}/in.csv/../secret.csv')",
        "FROM glob('{dir}/*')",
        "COPY (SELECT 1) TO '{dir}/elsewhere.csv'",
        "COPY (SELECT 1) TO '{dir}/_staging/elsewhere.parquet' (FORMAT parquet)",
        "EXPORT DATABASE '{dir}/dump'",
        "ATTACH '{dir}/elsewhere.duckdb'",
        "ATTACH '{dir}/versions/p.duckdb' (READ_ONLY)",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{dir}/evil.duckdb_extension'",
        "FROM read_csv('http://127.0.0.1:1/x.csv')",
        "SET memory_limit = '1TB'",
        "SET threads = 99",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "RESET allowed_paths",
        "SET temp_directory = '/etc'",
    ],
)
def test_an_attack_on_anything_else_fails(confined: duckdb.DuckDBPyConnection, attack: str, tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error):
        confined.execute(attack.format(dir=tmp_path)).fetchall()
    assert not (tmp_path / "elsewhere.csv").exists()


def test_settings_are_those_of_the_configuration(confined: duckdb.DuckDBPyConnection) -> None:
    names = ("TimeZone", "threads", "preserve_insertion_order", "enable_progress_bar", "enable_progress_bar_print")
    values = confined.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names)).fetchone()
    assert values == ("UTC", 2, True, True, False)


def test_a_spill_is_private_and_removed(config: EngineConfig, layout: Layout) -> None:
    with open_instance(config, threads=1, memory_bytes=50_000_000) as connection:
        query = "SELECT hash(i) AS h, i::VARCHAR AS t FROM range(2000000) r(i) ORDER BY h, t"
        connection.execute(f"CREATE TEMP TABLE sorted AS {query}")
        assert len(list(config.temp_dir.iterdir())) == 1
    assert list(config.temp_dir.iterdir()) == []


def test_a_spill_over_its_limit_means_no_space(config: EngineConfig, layout: Layout) -> None:
    small = replace(config, temp_limit_bytes=1_000_000)
    with open_instance(small, threads=1, memory_bytes=50_000_000) as connection:
        query = "SELECT hash(i) AS h, i::VARCHAR AS t FROM range(2000000) r(i) ORDER BY h, t"
        with pytest.raises(NoSpace), translated_errors():
            connection.execute(f"CREATE TEMP TABLE sorted AS {query}")


def test_running_out_of_memory_says_try_later(config: EngineConfig, layout: Layout) -> None:
    with open_instance(config, threads=1, memory_bytes=30_000_000) as connection:
        with pytest.raises(ServiceUnavailable) as raised, translated_errors():
            connection.execute("SELECT list(i) FROM range(20000000) r(i)")
    assert (raised.value.code, raised.value.retryable) == ("out_of_memory", True)


def test_a_cancelled_wait_for_a_slot_ends(config: EngineConfig, layout: Layout) -> None:
    monitor = Monitor()
    one_slot = replace(config, heavy_slots=1)
    with heavy_instance(one_slot):
        monitor.cancel()
        with pytest.raises(OperationCancelled), heavy_instance(one_slot, monitor):
            pytest.fail("there was no slot")


def test_a_slot_is_free_again_after_an_error(config: EngineConfig, layout: Layout) -> None:
    one_slot = replace(config, heavy_slots=1)
    for _ in range(3):
        with pytest.raises(duckdb.Error), heavy_instance(one_slot) as connection:
            connection.execute("SELECT nothing")


def test_an_interrupt_ends_in_the_reason_of_the_monitor(config: EngineConfig, layout: Layout) -> None:
    monitor = Monitor()
    running, ended = threading.Event(), threading.Event()

    def cancel_and_watch() -> None:
        running.wait(10)
        monitor.cancel()
        while not ended.wait(0.01):
            assert monitor.fraction <= 1

    def endless(connection: duckdb.DuckDBPyConnection) -> None:
        with translated_errors(monitor), monitor.phase(connection, 0, 1):
            running.set()
            connection.execute("SELECT count(*) FROM range(10000000000) a(i) WHERE hash(i) = 3")

    watcher = threading.Thread(target=cancel_and_watch)
    watcher.start()
    begin = time.monotonic()
    with open_instance(config, threads=1, memory_bytes=200_000_000) as connection, pytest.raises(OperationCancelled):
        endless(connection)
    ended.set()
    watcher.join()
    assert time.monotonic() - begin < 10


class TestReaderPool:
    def test_instances_are_kept(self, config: EngineConfig, layout: Layout) -> None:
        pool = ReaderPool(config)
        with pool.connection() as first:
            pass
        with pool.connection() as second:
            assert second is first
        pool.close()

    def test_an_instance_that_saw_an_error_is_not_reused(self, config: EngineConfig, layout: Layout) -> None:
        pool = ReaderPool(config)
        with pytest.raises(duckdb.Error), pool.connection() as broken:
            broken.execute("SELECT nothing")
        with pool.connection() as fresh:
            assert fresh is not broken
        pool.close()

    def test_it_reads_versions_and_nothing_else(
        self, config: EngineConfig, load: Callable[..., SealedVersion], csv_of: Callable[..., Path], layout: Layout
    ) -> None:
        sealed = load(csv_of("1,a"))
        (config.staging_dir / "x.csv").write_text("a\n")
        pool = ReaderPool(config)
        with pool.connection() as connection:
            connection.execute(attach_sql(layout.version_path(sealed.ref), "v", ["READ_ONLY"]))
            assert connection.execute("SELECT id FROM v.main.data").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException), pool.connection() as connection:
            connection.execute(f"FROM read_csv('{config.staging_dir}/x.csv')")
        pool.close()

    def test_closing_twice_is_harmless_and_final(self, config: EngineConfig, layout: Layout) -> None:
        pool = ReaderPool(config)
        with pool.connection() as borrowed:
            pool.close()
            pool.close()
            assert borrowed.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(ServiceUnavailable), pool.connection():
            pytest.fail("the pool is closed")


def niceness_of_work_on(layout: Layout, size_bytes: int) -> list[int]:
    """The niceness of every thread that heavy work on a file of this size runs in."""
    source = layout.config.staging_dir / "source"
    with source.open("wb") as file:
        file.truncate(size_bytes)
    before = set(os.listdir("/proc/self/task"))
    found: list[int] = []

    def work() -> None:
        with heavy_instance(layout.config, allow=[source]):
            mine = set(os.listdir("/proc/self/task")) - before
            found.extend(os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in mine)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert len(found) >= layout.config.slot_threads
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="niceness is per thread on Linux only")
class TestNiceness:
    def test_long_work_gives_way_with_all_its_threads(self, layout: Layout) -> None:
        assert set(niceness_of_work_on(layout, GIVES_WAY_BYTES)) == {layout.config.heavy_niceness}

    def test_short_work_does_not(self, layout: Layout) -> None:
        assert set(niceness_of_work_on(layout, GIVES_WAY_BYTES - 1)) == {os.getpriority(os.PRIO_PROCESS, 0)}

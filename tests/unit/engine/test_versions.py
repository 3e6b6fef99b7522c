"""A version file is complete, immutable and checked, or it does not exist."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from blake3 import blake3

from kbstore.errors import InvalidRequest, OperationCancelled
from storage.engine import clone, versions
from storage.engine.clone import clone_file
from storage.engine.config import EngineConfig
from storage.engine.connection import heavy_instance
from storage.engine.errors import VersionGone
from storage.engine.file_backend import FileBackend
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, ExportSpec, LoadSpec, SealedVersion, TableSpec, VersionRef
from storage.engine.versions import SealFailed, VersionStore

Load = Callable[..., SealedVersion]
READ = (
    "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute('FROM data ORDER BY 1').fetchall())"
)


def files_below(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def read_elsewhere(path: Path) -> str:
    return subprocess.check_output([sys.executable, "-c", READ, str(path)], text=True).strip()


def block_size_of(path: Path) -> int:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS v (READ_ONLY)")
        row = connection.execute("SELECT block_size FROM pragma_database_size() WHERE database_name = 'v'").fetchone()
        assert row is not None
        return int(row[0])


def test_a_sealed_file_is_read_only_and_is_what_the_seal_says(
    backend: FileBackend, load: Load, csv_of: Callable[..., Path]
) -> None:
    sealed = load(csv_of("1,a", "2,b"))
    path = backend.version_path(sealed.ref)
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert (sealed.row_count, sealed.size_bytes) == (2, len(content))
    assert sealed.checksum == blake3(content).hexdigest()
    assert read_elsewhere(path) == "[(1, 'a'), (2, 'b')]"
    assert path.read_bytes() == content


def test_nothing_but_the_version_remains(
    backend: FileBackend, config: EngineConfig, spec: TableSpec, csv_of: Callable[..., Path]
) -> None:
    base = backend.create("p1", spec)
    outcome = backend.load("p1", spec, base.ref, LoadSpec(csv_of("1,a"), incremental=True), Monitor())
    expected = sorted(backend.version_path(version.ref) for version in (base, outcome.sealed))
    assert files_below(config.versions_dir) == expected
    assert files_below(config.staging_dir) == files_below(config.temp_dir) == []


def test_constraints_and_defaults_stand_in_the_file(backend: FileBackend, spec: TableSpec) -> None:
    path = backend.version_path(backend.create("p1", spec).ref)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "SELECT column_name, is_nullable, column_default FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
    assert found == [("id", False, None), ("name", True, "'nobody'")]
    assert tables == [("main", "data")]


def test_a_failed_load_leaves_base_and_directories_as_they_were(
    backend: FileBackend, config: EngineConfig, spec: TableSpec, load: Load, csv_of: Callable[..., Path]
) -> None:
    base = load(csv_of("1,a"))
    before = files_below(config.versions_dir), backend.version_path(base.ref).read_bytes()
    bad = LoadSpec(csv_of("x,y", name="bad.csv"), incremental=True)
    with pytest.raises(InvalidRequest):
        backend.load("p1", spec, base.ref, bad, Monitor())
    assert (files_below(config.versions_dir), backend.version_path(base.ref).read_bytes()) == before
    assert files_below(config.staging_dir) == []


def test_a_cancelled_load_changes_nothing(
    backend: FileBackend, config: EngineConfig, spec: TableSpec, csv_of: Callable[..., Path]
) -> None:
    base, monitor = backend.create("p1", spec), Monitor()
    monitor.cancel()
    with pytest.raises(OperationCancelled):
        backend.load("p1", spec, base.ref, LoadSpec(csv_of("1,a")), monitor)
    assert files_below(config.versions_dir) == [backend.version_path(base.ref)]
    assert files_below(config.staging_dir) == []


class TestSeal:
    @pytest.fixture
    def store(self, config: EngineConfig, layout: Layout) -> VersionStore:
        return VersionStore(config)

    @pytest.fixture
    def staged(self, store: VersionStore) -> Iterator[Path]:
        with store.staging() as path:
            yield path

    @pytest.mark.parametrize(
        "wrong",
        [
            TableSpec((ColumnSpec("id", "INTEGER", nullable=False), ColumnSpec("name", "VARCHAR"))),
            TableSpec((ColumnSpec("id", "BIGINT"), ColumnSpec("name", "VARCHAR"))),
            TableSpec((ColumnSpec("name", "VARCHAR"), ColumnSpec("id", "BIGINT", nullable=False))),
            TableSpec((ColumnSpec("id", "BIGINT", nullable=False),)),
        ],
    )
    def test_a_file_of_another_shape_is_refused(
        self, config: EngineConfig, store: VersionStore, staged: Path, spec: TableSpec, wrong: TableSpec
    ) -> None:
        with heavy_instance(config, allow=[staged]) as connection:
            store.stage_empty(connection, staged, spec)
            with pytest.raises(SealFailed):
                store.seal(connection, staged, VersionRef("p1", "v1"), wrong)
        assert files_below(config.versions_dir) == []

    def test_a_second_table_in_the_file_is_refused(
        self, config: EngineConfig, store: VersionStore, staged: Path, spec: TableSpec
    ) -> None:
        with heavy_instance(config, allow=[staged]) as connection:
            store.stage_empty(connection, staged, spec)
            connection.execute("CREATE TABLE staged.main.other (i INTEGER)")
            with pytest.raises(SealFailed):
                store.seal(connection, staged, VersionRef("p1", "v1"), spec)


class TestBlockSize:
    def test_small_tables_have_small_files(self, backend: FileBackend, load: Load, csv_of: Callable[..., Path]) -> None:
        sealed = load(csv_of("1,a"))
        assert sealed.size_bytes < 100_000
        assert block_size_of(backend.version_path(sealed.ref)) == 16384

    def test_a_large_load_has_large_blocks(self, backend: FileBackend, load: Load, csv_of: Callable[..., Path]) -> None:
        sealed = load(csv_of(*(f"{i},name {i}" for i in range(100_000))))
        assert block_size_of(backend.version_path(sealed.ref)) == 262144

    def test_a_small_table_that_outgrows_its_blocks_moves(
        self, backend: FileBackend, load: Load, csv_of: Callable[..., Path]
    ) -> None:
        small = load(csv_of("1,first", "2,second"))
        more = csv_of(*(f"{i},name {i}" for i in range(2, 100_000)), name="more.csv")
        grown = load(more, small, incremental=True)
        path = backend.version_path(grown.ref)
        assert (block_size_of(path), grown.row_count) == (262144, 99_999)
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("FROM data WHERE id <= 2 ORDER BY id").fetchall()
        assert rows == [(1, "first"), (2, "name 2")]


def slots_of(path: Path) -> int:
    """Rows of a file with those that are only marked as deleted."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS v (READ_ONLY)")
        row = connection.execute("SELECT max(rowid) + 1 FROM v.main.data").fetchone()
        assert row is not None
        return int(row[0])


def test_a_worn_table_is_written_anew(
    backend: FileBackend, load: Load, csv_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "WORN_ROWS", 1000)
    every_second = csv_of(*(f"{i},new" for i in range(0, 20_000, 2)), name="half.csv")
    base = load(csv_of(*(f"{i},old" for i in range(20_000))))
    worn = load(every_second, base, incremental=True)
    renewed = load(csv_of("0,newest", name="one.csv"), worn, incremental=True)
    assert [version.row_count for version in (base, worn, renewed)] == [20_000] * 3
    assert slots_of(backend.version_path(worn.ref)) == 30_000
    assert slots_of(backend.version_path(renewed.ref)) == 20_001


def test_a_load_writes_each_row_once(backend: FileBackend, load: Load, csv_of: Callable[..., Path]) -> None:
    path = backend.version_path(load(csv_of(*(f"{i},name {i * 7919}" for i in range(300_000)))).ref)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS v (READ_ONLY)")
        query = "SELECT free_blocks, used_blocks FROM pragma_database_size() WHERE database_name = 'v'"
        free, used = connection.execute(query).fetchall()[0]
    assert free <= used / 10


class TestClone:
    @pytest.mark.parametrize("size", [0, 1, 4096, 3_000_001])
    def test_a_clone_is_equal_and_independent(self, tmp_path: Path, size: int) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        content = bytes(i * 31 % 251 for i in range(size))
        source.write_bytes(content)
        source.chmod(0o444)
        clone_file(source, target)
        assert target.read_bytes() == content
        target.write_bytes(b"other")
        assert source.read_bytes() == content

    def test_it_goes_on_by_sendfile_where_ranges_cannot_be_copied(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(b"0123456789" * 1000)

        def refuse(*_: object) -> int:
            raise OSError(18, "cross-device link")

        monkeypatch.setattr(clone, "_reflink", lambda *_: False)
        monkeypatch.setattr(clone, "_copy_chunk", refuse)
        monkeypatch.setattr(clone, "_CHUNK_BYTES", 999)
        clone_file(source, target)
        assert target.read_bytes() == source.read_bytes()

    def test_an_existing_target_is_never_overwritten(self, tmp_path: Path) -> None:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(b"new")
        target.write_bytes(b"old")
        with pytest.raises(FileExistsError):
            clone_file(source, target)
        assert target.read_bytes() == b"old"

    def test_a_cancelled_copy_leaves_no_target(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source, monitor = tmp_path / "source", Monitor()
        source.write_bytes(b"x" * 1000)
        monitor.cancel()
        monkeypatch.setattr(clone, "_reflink", lambda *_: False)
        with pytest.raises(OperationCancelled):
            clone_file(source, tmp_path / "target", monitor)
        assert not (tmp_path / "target").exists()


class TestOrphans:
    def test_known_versions_are_no_orphans(self, backend: FileBackend, spec: TableSpec) -> None:
        known, orphan = backend.create("p1", spec), backend.create("p2", spec)
        report = backend.find_orphans(iter([known]))
        assert report.orphan_files == (backend.version_path(orphan.ref),)
        assert (report.missing, report.damaged) == ((), ())

    def test_a_version_sealed_while_the_catalog_is_read_is_no_orphan(
        self, backend: FileBackend, spec: TableSpec
    ) -> None:
        def catalog() -> Iterator[SealedVersion]:
            yield backend.create("p1", spec)

        report = backend.find_orphans(catalog())
        assert (report.orphan_files, report.missing) == ((), ())

    def test_missing_and_damaged_files_are_told_apart(self, backend: FileBackend, spec: TableSpec) -> None:
        gone, cut, flipped = (backend.create("p1", spec) for _ in range(3))
        backend.discard([gone.ref, gone.ref])
        for version in (cut, flipped):
            backend.version_path(version.ref).chmod(0o644)
        with backend.version_path(cut.ref).open("r+b") as file:
            file.truncate(100)
        with backend.version_path(flipped.ref).open("r+b") as file:
            file.seek(5000)
            file.write(b"\xff\x00\xff")
        quick = backend.find_orphans([gone, cut, flipped])
        assert (quick.missing, quick.damaged) == ((gone.ref,), (cut.ref,))
        thorough = backend.find_orphans([gone, cut, flipped], verify_checksums=True)
        assert thorough.damaged == (cut.ref, flipped.ref)

    def test_the_sweep_spares_the_work_of_living_processes(self, backend: FileBackend, layout: Layout) -> None:
        own, foreign = layout.staging_path(), layout.config.staging_dir / "left-behind.duckdb"
        own.touch()
        foreign.touch()
        assert backend.sweep_staging(3600) == 0
        assert backend.sweep_staging(0) == 1
        assert (own.exists(), foreign.exists()) == (True, False)


def test_reading_a_version_that_has_gone_says_so(
    backend: FileBackend, spec: TableSpec, csv_of: Callable[..., Path], tmp_path: Path
) -> None:
    sealed, order = backend.create("p1", spec), LoadSpec(csv_of("1,a"), incremental=True)
    backend.discard([sealed.ref])
    for read in (
        lambda: backend.preview(sealed.ref, spec.columns, 10),
        lambda: backend.export(sealed.ref, spec, ExportSpec(), tmp_path / "out.csv", Monitor()),
        lambda: backend.load("p1", spec, sealed.ref, order, Monitor()),
    ):
        with pytest.raises(VersionGone) as raised:
            read()
        assert raised.value.retryable

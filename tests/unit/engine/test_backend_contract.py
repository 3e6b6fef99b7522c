"""What every table backend does: the same tests on files, in memory, and through the router to each of them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from kbstore.errors import Locked, OperationCancelled
from storage.engine.backend import TableBackend
from storage.engine.config import EngineConfig
from storage.engine.errors import VersionGone
from storage.engine.file_backend import CAPABILITIES, FileBackend
from storage.engine.monitor import Monitor
from storage.engine.registry import forget_backends, register_backend
from storage.engine.router import BackendRouter
from storage.engine.specs import (
    Alteration,
    ColumnSpec,
    ExportSpec,
    LoadSpec,
    PageOrder,
    RowFilter,
    SealedVersion,
    TableAddress,
    TableSpec,
    VersionRef,
)
from storage.errors import (
    DoesNotFit,
    DuplicateKey,
    ImportFailed,
    InvalidFilter,
    InvalidWhereClause,
    PrimaryKeyViolation,
)
from tests import memory_backend
from tests.memory_backend import MemoryBackend

Load = Callable[..., SealedVersion]
ORDERS = TableAddress("p1", None, "in.c-sales", "orders")


def routed(name: str) -> Callable[[EngineConfig], TableBackend]:
    def make(config: EngineConfig) -> TableBackend:
        register_backend(FileBackend, CAPABILITIES)
        memory_backend.register()
        return BackendRouter(config, lambda _: name)

    return make


@pytest.fixture(params=["file", "memory", "routed to file", "routed to memory"])
def backend(request: pytest.FixtureRequest, config: EngineConfig) -> Iterator[TableBackend]:
    makers = {
        "file": FileBackend,
        "memory": MemoryBackend,
        "routed to file": routed("file"),
        "routed to memory": routed("memory"),
    }
    backend: TableBackend = makers[request.param](config)
    yield backend
    backend.close()
    forget_backends()


def rows_of(backend: TableBackend, version: SealedVersion) -> list[dict[str, Any]]:
    return json.loads(backend.preview(version.ref, version.spec.columns, 1000).rows_json)


def pairs_of(backend: TableBackend, version: SealedVersion) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in rows_of(backend, version))


@pytest.fixture
def two(load: Load, csv_of: Callable[..., Path]) -> SealedVersion:
    return load(csv_of("1,a", "2,b"))


def test_it_has_all_of_the_interface(backend: TableBackend) -> None:
    assert [name for name in vars(TableBackend) if not name.startswith("_") and not hasattr(backend, name)] == []


class TestBuilding:
    def test_a_new_table_is_empty(self, backend: TableBackend, spec: TableSpec) -> None:
        sealed = backend.create("p1", spec)
        assert (sealed.spec, sealed.row_count, rows_of(backend, sealed)) == (spec, 0, [])
        assert sealed.size_bytes > 0

    def test_a_full_load_replaces_and_an_incremental_one_merges(
        self, backend: TableBackend, two: SealedVersion, load: Load, csv_of: Callable[..., Path]
    ) -> None:
        merged = load(csv_of("2,B", "3,c"), two, incremental=True)
        replaced = load(csv_of("9,z"), merged)
        assert pairs_of(backend, two) == [(1, "a"), (2, "b")]
        assert pairs_of(backend, merged) == [(1, "a"), (2, "B"), (3, "c")]
        assert pairs_of(backend, replaced) == [(9, "z")]

    def test_a_refused_load_leaves_nothing(
        self, backend: TableBackend, spec: TableSpec, two: SealedVersion, csv_of: Callable[..., Path]
    ) -> None:
        before = backend.find_orphans([two])
        refused = [
            (LoadSpec(csv_of("x,a", name="bad.csv")), ImportFailed),
            (LoadSpec(csv_of("2,b"), incremental=True, dedup_mode="fail_on_duplicates"), DuplicateKey),
        ]
        for order, error in refused:
            with pytest.raises(error):
                backend.load("p1", spec, two.ref, order, Monitor())
        assert backend.find_orphans([two]) == before

    def test_a_cancelled_load_leaves_nothing(
        self, backend: TableBackend, spec: TableSpec, two: SealedVersion, csv_of: Callable[..., Path]
    ) -> None:
        before, monitor = backend.find_orphans([two]), Monitor()
        monitor.cancel()
        with pytest.raises(OperationCancelled):
            backend.load("p1", spec, two.ref, LoadSpec(csv_of("3,c")), monitor)
        assert backend.find_orphans([two]) == before

    def test_columns_come_change_and_go(self, backend: TableBackend, two: SealedVersion) -> None:
        after = TableSpec(
            (ColumnSpec("id", "INTEGER", nullable=False), ColumnSpec("n", "BIGINT", default="7")), ("id",)
        )
        changed = backend.alter("p1", two.ref, Alteration(two.spec, after, ("id", None)), Monitor())
        assert rows_of(backend, changed) == [{"id": 1, "n": 7}, {"id": 2, "n": 7}]
        assert changed.spec == after

    def test_values_that_do_not_fit_are_refused(self, backend: TableBackend, two: SealedVersion) -> None:
        after = replace(two.spec, columns=(two.spec.columns[0], ColumnSpec("name", "INTEGER")))
        with pytest.raises(DoesNotFit):
            backend.alter("p1", two.ref, Alteration(two.spec, after, ("id", "name")), Monitor())

    def test_a_key_that_the_rows_violate_is_refused(
        self, backend: TableBackend, spec: TableSpec, csv_of: Callable[..., Path]
    ) -> None:
        free = replace(spec, primary_key=())
        base = backend.load(
            "p1", free, backend.create("p1", free).ref, LoadSpec(csv_of("1,a", "1,b")), Monitor()
        ).sealed
        with pytest.raises(PrimaryKeyViolation):
            backend.alter("p1", base.ref, Alteration(free, spec, ("id", "name")), Monitor())

    def test_rows_go_by_a_condition(self, backend: TableBackend, two: SealedVersion) -> None:
        gone = backend.delete_rows("p1", two.spec, two.ref, "id IN (SELECT max(id) FROM data)", Monitor())
        assert (gone.deleted_rows, pairs_of(backend, gone.sealed)) == (1, [(1, "a")])
        none = backend.delete_rows("p1", two.spec, two.ref, "id > 100", Monitor())
        assert (none.deleted_rows, none.sealed) == (0, None)
        every = backend.delete_rows("p1", two.spec, two.ref, "1=1", Monitor())
        assert (every.deleted_rows, every.sealed.row_count) == (2, 0)
        assert pairs_of(backend, two) == [(1, "a"), (2, "b")]

    @pytest.mark.parametrize("where", ["nothing = 1", "name::INTEGER = 1", "id IN (SELECT id FROM other)"])
    def test_a_bad_condition_is_refused(self, backend: TableBackend, two: SealedVersion, where: str) -> None:
        with pytest.raises(InvalidWhereClause):
            backend.delete_rows("p1", two.spec, two.ref, where, Monitor())

    def test_compacting_keeps_the_rows(self, backend: TableBackend, two: SealedVersion) -> None:
        assert not backend.is_wasteful(two.ref)
        compacted = backend.compact("p1", two.spec, two.ref, Monitor())
        assert (compacted.ref != two.ref, rows_of(backend, compacted)) == (True, rows_of(backend, two))

    def test_types_are_those_of_duckdb(self, backend: TableBackend) -> None:
        texts = ("int", "numeric(10,2)", "text", "struct(a int, b text[])", "map(text, int)", "interval", "enum('a')")
        spec = backend.normalize(TableSpec(tuple(ColumnSpec(f"c{i}", text) for i, text in enumerate(texts))))
        assert [column.type for column in spec.columns][:3] == ["INTEGER", "DECIMAL(10,2)", "VARCHAR"]
        assert backend.create("p1", spec).row_count == 0


class TestSnapshotsAndBranches:
    def test_a_second_name_lives_without_the_first(self, backend: TableBackend, two: SealedVersion) -> None:
        twin = backend.duplicate(two, "p1")
        backend.discard([two.ref])
        assert (backend.has_version(two.ref), backend.has_version(twin.ref)) == (False, True)
        assert pairs_of(backend, twin) == [(1, "a"), (2, "b")]
        backend.discard([twin.ref, two.ref])
        assert not backend.has_version(twin.ref)

    def test_what_is_gone_says_so(self, backend: TableBackend, two: SealedVersion, tmp_path: Path) -> None:
        backend.discard([two.ref])
        readers: list[Callable[[], Any]] = [
            lambda: backend.preview(two.ref, two.spec.columns, 1),
            lambda: backend.read_page(two.ref, two.spec, PageOrder(1)),
            lambda: backend.export(two.ref, two.spec, ExportSpec(), tmp_path / "out", Monitor()),
            lambda: backend.profile(two.ref, two.spec, "full", Monitor()),
            lambda: backend.duplicate(two, "p1"),
            lambda: backend.delete_rows("p1", two.spec, two.ref, "id = 1", Monitor()),
        ]
        for read in readers:
            with pytest.raises(VersionGone):
                read()

    def test_a_branch_goes_without_versions_a_project_with_them(
        self, backend: TableBackend, spec: TableSpec, two: SealedVersion
    ) -> None:
        other = backend.create("p2", spec)
        for branch in (None, "b1"):
            backend.make_project("p1", branch)
        backend.make_bucket("p1", "in.c-sales")
        assert backend.has_project("p1", "b1")
        assert backend.has_bucket("p1", "in.c-sales")
        backend.remove_project("p1", "b1")
        assert (backend.has_project("p1", "b1"), backend.has_version(two.ref)) == (False, True)
        backend.remove_project("p1")
        assert (backend.has_project("p1"), backend.has_version(two.ref), backend.has_version(other.ref)) == (
            False,
            False,
            True,
        )

    def test_versions_are_compared(
        self, backend: TableBackend, two: SealedVersion, load: Load, csv_of: Callable[..., Path]
    ) -> None:
        newer = load(csv_of("2,B", "3,c"), two, incremental=True)
        found = backend.compare(two.ref, newer.ref, two.spec, newer.spec, Monitor())
        assert (found.key, found.added, found.removed, found.changed, found.unchanged) == (("id",), 1, 0, 1, 1)


class TestReading:
    def test_pages_are_filtered_and_sorted(
        self, backend: TableBackend, load: Load, csv_of: Callable[..., Path]
    ) -> None:
        base = load(csv_of(*(f"{i},n{i % 3}" for i in range(30))))
        order = PageOrder(limit=2, offset=1, filters=(RowFilter("name", "is", "n1"),), sort="id", descending=True)
        page = backend.read_page(base.ref, base.spec, order)
        assert (json.loads(page.rows_json), page.matching) == ([{"id": 25, "name": "n1"}, {"id": 22, "name": "n1"}], 10)
        with pytest.raises(InvalidFilter):
            backend.read_page(base.ref, base.spec, PageOrder(1, filters=(RowFilter("id", "is", "x"),)))

    def test_exports_are_whole(self, backend: TableBackend, two: SealedVersion, tmp_path: Path) -> None:
        outcome = backend.export(two.ref, two.spec, ExportSpec(where="id < 2"), tmp_path / "out.csv", Monitor())
        assert ((tmp_path / "out.csv").read_bytes(), outcome.row_count) == (b"id,name\n1,a\n", 1)
        backend.export(two.ref, two.spec, ExportSpec("parquet"), tmp_path / "out.parquet", Monitor())
        assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {"id": [1, 2], "name": ["a", "b"]}

    def test_exports_in_slices(self, backend: TableBackend, two: SealedVersion, tmp_path: Path) -> None:
        (tmp_path / "slices").mkdir()
        sliced = backend.export_slices(two.ref, two.spec, ExportSpec(), tmp_path / "slices", 1_000_000, Monitor())
        assert sliced.row_count == 2
        assert sorted("".join(path.read_text() for path in sliced.files).split()) == ["1,a", "2,b", "id,name"]

    def test_profiles_count(self, backend: TableBackend, two: SealedVersion) -> None:
        profile = backend.profile(two.ref, two.spec, "full", Monitor())
        assert json.loads(json.dumps(profile, default=str))

    def test_a_local_file_is_a_database_that_outlives_its_version(
        self, backend: TableBackend, two: SealedVersion
    ) -> None:
        with duckdb.connect() as reader:
            with backend.local_file(two.ref) as path, backend.local_file(two.ref) as again:
                assert path == again
                reader.execute(f"ATTACH '{path}' AS v (READ_ONLY)")
            backend.discard([two.ref])
            assert reader.execute("FROM v.main.data ORDER BY id").fetchall() == [(1, "a"), (2, "b")]
            nulls = "SELECT is_nullable FROM duckdb_columns() WHERE database_name = 'v' ORDER BY column_index"
            assert reader.execute(nulls).fetchall() == [(False,), (True,)]

    def test_a_local_file_of_what_is_gone(self, backend: TableBackend) -> None:
        # A file backend leaves it to whoever opens the file.
        try:
            with backend.local_file(VersionRef("p1", "0" * 32)) as path:
                assert not path.exists()
        except VersionGone:
            pass

    def test_readers_and_writers_do_not_meet(
        self, backend: TableBackend, spec: TableSpec, load: Load, csv_of: Callable[..., Path], tmp_path: Path
    ) -> None:
        base = load(csv_of(*(f"{i},name" for i in range(500))))
        source, start = csv_of("1,changed", name="more.csv"), threading.Barrier(8)

        def work(number: int) -> int:
            start.wait(10)
            if number % 4 == 0:
                return backend.load(
                    "p1", spec, base.ref, LoadSpec(source, incremental=True), Monitor()
                ).sealed.row_count
            if number % 4 == 1:
                return backend.export(base.ref, spec, ExportSpec(), tmp_path / f"{number}.csv", Monitor()).row_count
            if number % 4 == 2:
                return backend.delete_rows("p1", spec, base.ref, "id >= 0", Monitor()).deleted_rows
            return backend.preview(base.ref, spec.columns, 1000).row_count

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(work, range(8))) == [500] * 8

    def test_it_looks_into_files(self, backend: TableBackend, csv_of: Callable[..., Path]) -> None:
        detected = backend.detect(csv_of("1,a"), options=None, rows=5)
        assert [column.name for column in detected.columns] == ["id", "name"]


class TestUpkeep:
    def test_orphans_and_losses_are_found(self, backend: TableBackend, spec: TableSpec, two: SealedVersion) -> None:
        lost = backend.create("p1", spec)
        backend.discard([lost.ref])
        unknown = backend.create("p1", spec)
        base_versions = [two, lost]
        report = backend.find_orphans(base_versions)
        names = {path.stem for path in report.orphan_files} | {ref.version_id for ref, _ in report.orphan_versions}
        assert unknown.ref.version_id in names
        assert two.ref.version_id not in names
        assert (report.missing, report.damaged) == ((lost.ref,), ())
        assert all(made_at <= time.time() for _, made_at in report.orphan_versions)

    def test_links_follow_where_there_are_any(self, backend: TableBackend, two: SealedVersion, spec: TableSpec) -> None:
        backend.make_project("p1")
        backend.make_bucket("p1", "in.c-sales")
        backend.point_link(ORDERS, two.ref)
        link = backend.link_path(ORDERS)
        assert backend.is_linked(ORDERS, two.ref)
        assert (link is not None) is backend.capabilities("p1").links
        if link is not None:
            assert link.exists()
            assert not backend.is_linked(ORDERS, backend.create("p1", spec).ref)
        backend.remove_link(ORDERS)
        assert link is None or not link.is_symlink()

    def test_a_lock_has_one_holder(self, backend: TableBackend) -> None:
        with backend.write_lock("t"), pytest.raises(Locked), backend.write_lock("t", 0):
            pass
        with backend.write_lock("t", 0), backend.write_lock("other", 0):
            pass

    def test_nothing_is_left_in_staging(self, backend: TableBackend, two: SealedVersion, config: EngineConfig) -> None:
        assert backend.sweep_staging(0) == 0
        assert list(config.staging_dir.glob("*")) == []

    def test_operators_are_told_where_a_version_lies(self, backend: TableBackend, two: SealedVersion) -> None:
        assert two.ref.version_id in backend.describe_place(two.ref)

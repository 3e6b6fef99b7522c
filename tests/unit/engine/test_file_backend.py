"""The backend as services use it: create, load, export, preview, in many threads at once."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from storage.engine.backend import TableBackend
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, ExportSpec, LoadSpec, SealedVersion, TableSpec

Load = Callable[..., SealedVersion]
CsvOf = Callable[..., Path]


def rows_of(backend: FileBackend, sealed: SealedVersion) -> list[dict[str, object]]:
    return json.loads(backend.preview(sealed.ref, sealed.spec.columns, 1000).rows_json)


def test_it_is_a_table_backend(backend: FileBackend) -> None:
    as_interface: TableBackend = backend
    assert all(hasattr(as_interface, name) for name in vars(TableBackend) if not name.startswith("_"))


def test_a_new_table_is_empty(backend: FileBackend, spec: TableSpec) -> None:
    sealed = backend.create("p1", spec)
    assert (sealed.row_count, rows_of(backend, sealed)) == (0, [])


def test_normalized_types_pass_the_seal(backend: FileBackend) -> None:
    texts = ["int", "numeric(10,2)", "text", "timestamptz", "double precision", "json", "struct(a int, \"b c\" text[])",
             "map(text, int)", "int[3]", "uuid", "time", "interval", "blob", "hugeint", "float"]  # fmt: skip
    columns = tuple(ColumnSpec(f"c{i}", text) for i, text in enumerate(texts))
    spec = backend.normalize(TableSpec((*columns, ColumnSpec("odd ; 'name' é", "enum('a', 'b''c')"))))
    assert backend.create("p1", spec).row_count == 0


def test_a_full_load_replaces_and_an_incremental_one_merges(backend: FileBackend, load: Load, csv_of: CsvOf) -> None:
    first = load(csv_of("1,a", "2,b"))
    merged = load(csv_of("2,B", "3,c"), first, incremental=True)
    replaced = load(csv_of("9,z"), merged)
    assert [(row["id"], row["name"]) for row in rows_of(backend, first)] == [(1, "a"), (2, "b")]
    assert sorted((row["id"], row["name"]) for row in rows_of(backend, merged)) == [(1, "a"), (2, "B"), (3, "c")]
    assert [(row["id"], row["name"]) for row in rows_of(backend, replaced)] == [(9, "z")]


def test_an_export_is_complete_and_hashed(
    backend: FileBackend, spec: TableSpec, load: Load, csv_of: CsvOf, tmp_path: Path
) -> None:
    sealed, target = load(csv_of("1,a", "2,b")), tmp_path / "out.csv"
    for _ in range(2):
        outcome = backend.export(sealed.ref, spec, ExportSpec(), target, Monitor())
    content = target.read_bytes()
    assert content == b"id,name\n1,a\n2,b\n"
    assert (outcome.row_count, outcome.size_bytes) == (2, len(content))
    assert outcome.checksum_sha256 == hashlib.sha256(content).hexdigest()
    assert not list(tmp_path.glob("tmp_*"))


def test_readers_and_writers_of_one_version_do_not_meet(
    backend: FileBackend, spec: TableSpec, load: Load, csv_of: CsvOf, tmp_path: Path
) -> None:
    base = load(csv_of(*(f"{i},name" for i in range(500))))
    source, start = csv_of("1,changed", name="more.csv"), threading.Barrier(8)

    def work(number: int) -> int:
        start.wait(10)
        if number % 4 == 0:
            order = LoadSpec(source, incremental=True)
            return backend.load("p1", spec, base.ref, order, Monitor()).sealed.row_count
        if number % 4 == 1:
            return backend.export(base.ref, spec, ExportSpec(), tmp_path / f"{number}.csv", Monitor()).row_count
        return backend.preview(base.ref, spec.columns, 1000).row_count

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [500] * 8


def test_an_open_reader_outlives_the_version(backend: FileBackend, load: Load, csv_of: CsvOf) -> None:
    sealed = load(csv_of(*(f"{i},name" for i in range(50_000))))
    with duckdb.connect() as reader:
        reader.execute(f"ATTACH '{backend.version_path(sealed.ref)}' AS v (READ_ONLY)")
        backend.discard([sealed.ref])
        assert reader.execute("SELECT count(*), sum(id) FROM v.main.data").fetchone() == (50_000, 1_249_975_000)


def test_closing_twice_is_harmless(backend: FileBackend) -> None:
    backend.close()
    backend.close()

"""Imports under the rules of the storage driver: files as they come, other tables, and what a failure leaves."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kbstore.errors import OperationCancelled
from storage.engine import import_csv
from storage.engine.file_backend import FileBackend
from storage.engine.import_specs import FileSource, RelationSource, RowImport
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnFilter, RowSelection, TableSpec
from storage.errors import ImportFailed, UnreadableFile, WrongColumnCount
from tests.unit.engine.import_bench import NOW, importing
from tests.unit.engine.load_bench import TABLE, Bench, opened, table

NAMES = ("id", "name")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened(tmp_path, table("id INTEGER", "name VARCHAR")) as bench:
        yield bench


def test_each_file_may_have_its_own_line_ends_mark_and_compression(bench: Bench) -> None:
    mixed = [b"", b"5,e\n6,f\r\n7,g\n", b'8,"h\r\nh"\n']
    files = [b"1,a\r\n", b"\xef\xbb\xbf2,b\n", b"3,c\r", gzip.compress(b"4,d"), *mixed]
    counts = importing(bench, files, columns=NAMES)

    assert bench.rows() == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f"), (7, "g"), (8, "h\r\nh")]
    assert counts.imported == 8
    assert bench.leftovers() == []


def test_records_are_skipped_in_each_file_whatever_lines_they_take(bench: Bench) -> None:
    importing(bench, [b'id,"na\nme"\n1,a\n', b"id,name\n2,b\n", b"id,name\n"], columns=NAMES, skipped_lines=1)

    assert bench.rows() == [(1, "a"), (2, "b")]


def test_a_line_to_ignore_with_an_open_quote_does_not_swallow_the_rest(bench: Bench) -> None:
    with pytest.raises(UnreadableFile, match="lines to ignore"):
        importing(bench, [b'"odd,x\n1,a\n2,b\n'], columns=NAMES, skipped_lines=1)


def test_headers_may_order_columns_differently_in_each_file(bench: Bench) -> None:
    importing(bench, [b"\nname,more,id\na,x,1\n", b"id,name\n2,b\n"], columns=None)

    assert bench.rows() == [(1, "a"), (2, "b")]


def test_characters_that_others_cut_or_change_are_kept(bench: Bench) -> None:
    importing(bench, ['1,"a\0b"\n2,ž🐎\n3," c "\n'.encode()], columns=NAMES)

    assert [row[1] for row in bench.rows()] == ["a\0b", "ž🐎", " c "]


@pytest.mark.parametrize(
    ("files", "kind", "text"),
    [
        ([b"1,a\n", b"2,b\n3\n"], WrongColumnCount, "A row has 1 columns, expected 2. See line 2. File: slice-000001"),
        ([b"1,a\n", b"2,b,c\n"], WrongColumnCount, "A row has 3 columns, expected 2. See line 1. File: slice-000001"),
        ([b"1,a\n2,b\n", b"3,c\n\xff,d\n"], UnreadableFile, "not UTF-8 encoded. See line 2. File: slice-000001"),
        ([b"1,a\n", b'3,"c\nc"\nx,d\n'], ImportFailed, "'x' of column id in line 3 is no INTEGER. File: slice-000001"),
        ([gzip.compress(b"1,a\n" * 99)[:-9]], UnreadableFile, "damaged or cut off. File: slice-000000"),
        ([b'1,"a\n'], UnreadableFile, "does not end properly"),
    ],
)
def test_what_is_wrong_is_found_in_its_file(bench: Bench, files: list[bytes], kind: type, text: str) -> None:
    bench.connection.execute(f"INSERT INTO {TABLE} VALUES (0, 'before')")
    with pytest.raises(kind) as error:
        importing(bench, files, columns=NAMES, incremental=True)

    assert text in error.value.message
    assert bench.rows() == [(0, "before")]


def test_thousands_of_slices_are_batches_in_their_order(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_csv, "BATCH_FILES", 64)
    importing(bench, [f"{index},x\n".encode() for index in range(500)], columns=NAMES)

    assert [row[0] for row in bench.rows()] == list(range(500))


def test_the_last_of_several_rows_with_one_key_wins_over_files(tmp_path: Path) -> None:
    with opened(tmp_path, table("id INTEGER", "name VARCHAR", key=("id",))) as bench:
        importing(bench, [b"1,a\n2,b\n1,c\n", b"2,d\n"], columns=NAMES)
        assert sorted(bench.rows()) == [(1, "c"), (2, "d")]


def test_columns_that_are_not_imported_keep_their_values_in_a_merge(tmp_path: Path) -> None:
    spec = table("id INTEGER", "name VARCHAR", "kept VARCHAR DEFAULT 'new'", "l INTEGER[]", key=("id",))
    with opened(tmp_path, spec) as bench:
        bench.connection.execute(f"INSERT INTO {TABLE} VALUES (1, 'a', 'old', [1]), (2, 'b', 'old', [2])")
        importing(bench, [b"1,z,[9]\n3,c,[3]\n"], columns=("id", "name", "l"), incremental=True)
        assert sorted(bench.rows()) == [(1, "z", "old", [9]), (2, "b", "old", [2]), (3, "c", "new", [3])]


def test_parquet_is_matched_by_name(bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "made.parquet"
    rows = "SELECT 'a' AS name, 1.0 AS more, 7::BIGINT AS id UNION ALL SELECT NULL, 2, 8"
    duckdb.sql(rows).write_parquet(str(source))
    content = source.read_bytes()

    importing(bench, [content], format="parquet")
    assert sorted(bench.rows()) == [(7, "a"), (8, "")]
    with pytest.raises(ImportFailed, match="nope"):
        importing(bench, [content], format="parquet", columns=("id", "nope"))
    with pytest.raises(UnreadableFile):
        importing(bench, [b"PAR1 no PAR1"], format="parquet", columns=NAMES)


def test_no_files_are_no_rows(bench: Bench) -> None:
    assert importing(bench, [], columns=NAMES).imported == 0
    assert importing(bench, [], format="parquet").imported == 0


# --- other tables


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., RelationSource]:
    """A table of another file: (key, label, _timestamp) of (1, a), (2, NULL), (x, c)."""
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE data (key VARCHAR, label VARCHAR)")
        connection.execute("INSERT INTO data VALUES ('1', 'a'), ('2', NULL), ('x', 'c')")
    spec = table("key VARCHAR", "label VARCHAR")

    def make(**fields: Any) -> RelationSource:
        return RelationSource(path, spec, **({"columns": (("label", "name"), ("key", "id"))} | fields))

    return make


def test_another_table_is_a_source_with_mapped_columns_conditions_and_limit(
    bench: Bench, source: Callable[..., RelationSource]
) -> None:
    numbers = RowSelection(table="other", filters=(ColumnFilter("key", "ne", ("x",)),))
    counts = importing(bench, source(selection=numbers), strategy="user_defined_table")

    assert bench.rows() == [(1, "a"), (2, None)]
    assert (counts.imported, counts.columns) == (2, ("name", "id"))
    importing(bench, source(selection=RowSelection(table="other", limit=1)), incremental=True)
    assert bench.count() == 3


def test_the_text_strategy_holds_for_tables_as_for_files(bench: Bench, source: Callable[..., RelationSource]) -> None:
    numbers = RowSelection(table="other", filters=(ColumnFilter("key", "eq", ("2",)),))
    importing(bench, source(selection=numbers))

    assert bench.rows() == [(2, "")]


def test_a_value_of_another_table_that_does_not_convert_is_named(
    bench: Bench, source: Callable[..., RelationSource]
) -> None:
    with pytest.raises(ImportFailed, match="Value 'x' of column id in row 3 is no INTEGER"):
        importing(bench, source())
    assert bench.rows() == []


# --- versions


def files(directory: Path, content: bytes) -> FileSource:
    directory.mkdir(exist_ok=True)
    path = directory / "0"
    path.write_bytes(content)
    return FileSource(directory, (path,), ("0",), columns=NAMES)


@pytest.mark.parametrize(("content", "cancelled"), [(b"2,b\nx,c\n", False), (b"2,b\n", True)])
def test_an_import_that_fails_or_is_cancelled_leaves_no_file(
    backend: FileBackend, spec: TableSpec, tmp_path: Path, content: bytes, cancelled: bool
) -> None:
    base = backend.create("p1", spec)
    monitor = Monitor()
    if cancelled:
        monitor.cancel()
    with pytest.raises(OperationCancelled if cancelled else ImportFailed):
        backend.import_rows("p1", spec, base.ref, RowImport(files(tmp_path / "in", content), NOW), monitor)

    assert [path.stem for path in (tmp_path / "versions").rglob("*.duckdb")] == [base.ref.version_id]
    staging = tmp_path / "_staging"
    assert not staging.exists() or list(staging.iterdir()) == []


CRASH = """
from storage.engine.import_specs import FileSource, RowImport
import datetime
source = Path(sys.argv[2])
key, name = ColumnSpec("id", "BIGINT", nullable=False), ColumnSpec("name", "VARCHAR", default="'nobody'")
spec = TableSpec((key, name), ("id",))
files = FileSource(source, (source / "0",), ("0",), columns=("id", "name"))
order = RowImport(files, datetime.datetime(2026, 1, 1), incremental=True)
backend.import_rows("p1", spec, VersionRef("p1", sys.argv[3]), order, Monitor())
"""


@pytest.mark.parametrize("point", ["stage.created", "stage.written", "seal.verified", "seal.synced"])
def test_a_crash_at_any_step_leaves_the_table_as_it_was(
    backend: FileBackend,
    spec: TableSpec,
    tmp_path: Path,
    start_python: Callable[..., subprocess.Popen[str]],
    point: str,
) -> None:
    base = backend.import_rows(
        "p1", spec, backend.create("p1", spec).ref, RowImport(files(tmp_path / "in", b"1,a\n"), NOW), Monitor()
    ).sealed
    known = set((tmp_path / "versions").rglob("*.duckdb"))
    files(tmp_path / "in", b"1,changed\n2,b\n")
    process = start_python(CRASH, str(tmp_path / "in"), base.ref.version_id, KBSTORE_FAULT_POINT=point)
    process.communicate(timeout=60)

    assert process.returncode != 0
    assert set((tmp_path / "versions").rglob("*.duckdb")) == known
    with backend.local_file(base.ref) as path, duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT * FROM data").fetchall() == [(1, "a")]

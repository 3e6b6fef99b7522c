"""Several files load as one, and an export in slices reads back as what it was."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, CsvOptions, ExportSpec, LoadSpec, TableSpec, VersionRef
from storage.errors import ImportFailed

SPEC = TableSpec((ColumnSpec("a", "INTEGER"), ColumnSpec("b", "VARCHAR")))
Load = Callable[..., list[tuple[Any, ...]]]


def rows_of(backend: FileBackend, ref: VersionRef) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(backend.version_path(ref)), read_only=True) as connection:
        return connection.execute("SELECT * FROM data").fetchall()


@pytest.fixture
def load(backend: FileBackend, tmp_path: Path) -> Load:
    def call(*slices: bytes, **order: Any) -> list[tuple[Any, ...]]:
        directory = tmp_path / "slices"
        directory.mkdir()
        paths = [directory / f"{number:05}" for number in range(len(slices))]
        for path, content in zip(paths, slices, strict=True):
            path.write_bytes(content)
        empty = backend.create("p1", SPEC)
        outcome = backend.load("p1", SPEC, empty.ref, LoadSpec(directory, slices=tuple(paths), **order), Monitor())
        assert sorted(directory.iterdir()) == paths
        rows = rows_of(backend, outcome.sealed.ref)
        assert outcome.imported_rows == len(rows)
        return rows

    return call


def parquet(*rows: tuple[int, str]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [row[0] for row in rows], "b": [row[1] for row in rows]}), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("slices", "rows"),
    [
        pytest.param([b"a,b\n1,x\n", b"a,b\n2,y\n"], [(1, "x"), (2, "y")], id="a header each"),
        pytest.param([b"a,b\n1,x", b"a,b\n2,y"], [(1, "x"), (2, "y")], id="no line end at the end"),
        pytest.param([b"a,b\n1,x\n", b"", b"a,b\n", b"a,b\n3,z\n"], [(1, "x"), (3, "z")], id="empty ones"),
        pytest.param([b"", b""], [], id="nothing but empty ones"),
        pytest.param([], [], id="none"),
        pytest.param([b"\xef\xbb\xbfa,b\n1,x\n", b"\xef\xbb\xbfa,b\n2,y\n"], [(1, "x"), (2, "y")], id="a mark each"),
        pytest.param([b"a,b\r\n1,x\r\n", b"\r\na,b\r\n2,y\r\n"], [(1, "x"), (2, "y")], id="CRLF"),
        pytest.param([b"a;b\n1;x\n", b"a;b\n2;y\n"], [(1, "x"), (2, "y")], id="semicolons found out"),
        pytest.param(
            [b'a,"b\n,"\n1,"x\ny"\n', b'a,"b\n,"\n2,y\n'], [(1, "x\ny"), (2, "y")], id="a line break in the header"
        ),
        pytest.param([gzip.compress(b"a,b\n1,x\n"), b"a,b\n2,y\n"], [(1, "x"), (2, "y")], id="packed and not"),
    ],
)
def test_slices_of_csv(load: Load, slices: list[bytes], rows: list[tuple[Any, ...]]) -> None:
    assert load(*slices) == rows


def test_slices_without_a_header(load: Load) -> None:
    assert load(b"1,x\n", b"2,y\n", csv=CsvOptions(header=False)) == [(1, "x"), (2, "y")]


def test_slices_of_parquet(load: Load) -> None:
    assert load(parquet((1, "x")), parquet((2, "y"), (3, "z")), format="parquet") == [(1, "x"), (2, "y"), (3, "z")]


def test_no_slices_of_parquet(load: Load) -> None:
    assert load(format="parquet") == []


@pytest.mark.parametrize(
    ("slices", "order"),
    [
        ([b"a,b\n1,x\n", b"a,b\nnot a number,y\n"], {}),
        ([b"a,b\n1,x\n", gzip.compress(b"a,b\n2,y\n")[:-4]], {}),
        ([parquet((1, "x")), b"a,b\n2,y\n"], {"format": "parquet"}),
    ],
)
def test_one_bad_slice_fails_them_all(load: Load, slices: list[bytes], order: dict[str, Any]) -> None:
    with pytest.raises(ImportFailed):
        load(*slices, **order)


@pytest.mark.parametrize("order", [{}, {"compression": "gzip"}, {"header": False}, {"format": "parquet"}])
def test_an_export_in_slices_reads_back(backend: FileBackend, tmp_path: Path, order: dict[str, Any]) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir(), target.mkdir()
    noise = random.Random(1)
    rows = [(number, noise.randbytes(100).hex()) for number in range(20_000)]
    (source / "all").write_text("".join(f"{number},{text}\n" for number, text in rows))
    empty = backend.create("p1", SPEC).ref
    plain = LoadSpec(source / "all", csv=CsvOptions(header=False))
    full = backend.load("p1", SPEC, empty, plain, Monitor()).sealed.ref
    ordered = ExportSpec(order_by=("a",), **order)
    written = backend.export_slices(full, SPEC, ordered, target, 500_000, Monitor())
    assert written.row_count == len(rows)
    # Of Parquet a slice holds a row group at least, which is more than these rows.
    if order != {"format": "parquet"}:
        assert len(written.files) > 2
        assert max(path.stat().st_size for path in written.files) < 1_000_000
    csv = CsvOptions(header=order.get("header", True))
    again = LoadSpec(target / "slices", format=order.get("format", "csv"), csv=csv, slices=written.files)
    assert rows_of(backend, backend.load("p1", SPEC, empty, again, Monitor()).sealed.ref) == rows


def test_an_export_of_nothing_is_one_slice(backend: FileBackend, tmp_path: Path) -> None:
    written = backend.export_slices(backend.create("p1", SPEC).ref, SPEC, ExportSpec(), tmp_path, 1000, Monitor())
    assert (written.row_count, [path.read_text() for path in written.files]) == (0, ["a,b\n"])

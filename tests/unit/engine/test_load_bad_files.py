"""What a load refuses, what it says, and that nothing is left of it."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from kbstore.errors import OperationCancelled
from storage.engine.loader import load_rows
from storage.engine.monitor import Monitor
from storage.engine.specs import CsvOptions, LoadSpec
from storage.errors import ImportFailed
from tests.unit.engine.load_bench import TABLE, opened, table

TWO = table("a INTEGER", "b VARCHAR")
ZSTD = pa.compress(b"a,b\n" + b"1,x\n" * 5000, codec="zstd", asbytes=True)
GZIP = gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(50_000)))


def refusal(directory: Path, spec: Any, content: bytes, **order: Any) -> ImportFailed:
    """The error of an incremental load, after checking that the table is as before it."""
    with opened(directory, spec) as bench:
        bench.connection.execute(f"INSERT INTO {TABLE} SELECT * FROM (VALUES (7, 'before'), (8, 'before'))")
        described = bench.connection.execute(f"DESCRIBE {TABLE}").fetchall()
        with pytest.raises(ImportFailed) as caught:
            bench.load(content, incremental=True, **order)
        assert bench.rows() == [(7, "before"), (8, "before")]
        assert bench.connection.execute(f"DESCRIBE {TABLE}").fetchall() == described
        assert bench.leftovers() == []
    error = caught.value
    assert error.code == "import_failed"
    assert error.message.startswith("Failed to load file: ")
    assert str(directory) not in f"{error.message}{error.details}"
    assert "read_csv" not in error.message
    assert "read_parquet" not in error.message
    return error


KEYED = table("a INTEGER", "b VARCHAR", key=("a",))


@pytest.mark.parametrize("spec", [TWO, KEYED], ids=["no key", "key"])
@pytest.mark.parametrize(
    ("content", "details"),
    [
        pytest.param(b"a,b\n1,x\n2\n3,z\n", {"line": 3, "columns_found": 1, "columns_expected": 2}, id="too few"),
        pytest.param(b"a,b\n1,x\n2,y,z\n", {"line": 3, "columns_found": 3, "columns_expected": 2}, id="too many"),
        pytest.param(
            b"a,b,c\n1,x,y\n", {"line": 1, "columns_found": 3, "columns_expected": 2}, id="too many everywhere"
        ),
        pytest.param(b"a\n1\n", {"line": 1, "columns_found": 1}, id="too few everywhere"),
        pytest.param(
            b"a,b\n1,x\nzz,y\n",
            {"line": 3, "column": "a", "value": "zz", "expected_type": "INTEGER"},
            id="a word for a number",
        ),
        pytest.param(b'a,b\n1,"x\ny\n"\nzz,y\n', {"line": 5, "column": "a", "value": "zz"}, id="after line breaks"),
        pytest.param(b"a,b\n99999999999,y\n", {"line": 2, "column": "a", "value": "99999999999"}, id="out of range"),
        pytest.param(b"a,b\n1,x\n2,\xff\xfe\n", {"line": 3}, id="not UTF-8"),
        pytest.param("a,b\n1,x\n".encode("utf-16"), {}, id="UTF-16"),
        pytest.param(b'a,b\n1,"x\n2,y\n', {"line": 2}, id="quote never closed"),
        pytest.param(b'a,b\n1,"x"y\n', {"line": 2}, id="text after a closing quote"),
        pytest.param(b"", {}, id="empty"),
        pytest.param(b"\xef\xbb\xbf", {}, id="only a byte-order mark"),
        pytest.param(b"\n\r\n\n", {}, id="only blank lines"),
        pytest.param(GZIP[: len(GZIP) // 2], {}, id="gzip cut off in the middle"),
        pytest.param(GZIP[:-3], {}, id="gzip cut off at the end"),
        pytest.param(GZIP[:-8] + b"12345678", {}, id="gzip with a wrong checksum"),
        pytest.param(GZIP[:100] + b"\0\0\0\0" + GZIP[104:], {}, id="gzip damaged"),
        pytest.param(GZIP + b"more", {}, id="gzip with something behind it"),
        pytest.param(b"\x1f\x8bx", {}, id="gzip in name only"),
        pytest.param(ZSTD[: len(ZSTD) // 2], {}, id="zstd cut off"),
        pytest.param(gzip.compress(b""), {}, id="gzip of nothing"),
        pytest.param(bytes(range(256)) * 20, {}, id="noise"),
    ],
)
def test_a_bad_csv_is_refused_and_changes_nothing(
    tmp_path: Path, spec: Any, content: bytes, details: dict[str, Any]
) -> None:
    found = refusal(tmp_path, spec, content).details or {}
    assert {name: found.get(name) for name in details} == details


@pytest.mark.parametrize("options", [None, CsvOptions()], ids=["detected", "explicit"])
def test_a_parquet_file_declared_as_csv(tmp_path: Path, options: CsvOptions | None) -> None:
    source = tmp_path / "x.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS a, 'x' AS b) TO '{source}'")
    assert "Parquet" in refusal(tmp_path, TWO, source.read_bytes(), csv=options).message


@pytest.mark.parametrize(
    "content", [b"a,b\n1,x\n", b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"PAR1 cut off", GZIP[:1000]]
)
def test_a_file_that_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    refusal(tmp_path, TWO, content, format="parquet")


def test_up_to_five_wrong_rows_are_sampled_in_file_order(tmp_path: Path) -> None:
    content = b"a,b\n" + b"".join(b"%s,x\n" % (b"bad%d" % n if n % 3 == 0 else b"%d" % n) for n in range(30))
    details = refusal(tmp_path, TWO, content).details or {}
    assert [(wrong["line"], wrong["value"]) for wrong in details["errors_sampled"]] == [
        (2, "bad0"),
        (5, "bad3"),
        (8, "bad6"),
        (11, "bad9"),
        (14, "bad12"),
    ]


def test_a_wrong_value_is_found_behind_tolerated_ones(tmp_path: Path) -> None:
    error = refusal(tmp_path, TWO, b'a,b\n"",x\n"2\n",y\nzz,z\n')
    assert (error.details or {}) | {"errors_sampled": None} == {
        "line": 5,
        "column": "a",
        "value": "zz",
        "expected_type": "INTEGER",
        "errors_sampled": None,
    }


def test_long_values_are_cut(tmp_path: Path) -> None:
    error = refusal(tmp_path, TWO, b"a,b\n" + b"z" * 5000 + b",x\n")
    assert (error.details or {})["value"] == "z" * 100 + "..."
    assert len(error.message) < 300


@pytest.mark.parametrize("key", [(), ("a",)], ids=["NOT NULL", "key"])
@pytest.mark.parametrize("null", [b"", b'""'])
def test_a_missing_value_is_named(tmp_path: Path, key: tuple[str, ...], null: bytes) -> None:
    spec = table("a INTEGER NOT NULL", "b VARCHAR", key=key)
    error = refusal(tmp_path, spec, b'a,b\n1,"x\n"\n' + null + b",z\n")
    details = error.details or {}
    assert (details["column"], details["line"]) == ("a", 4)
    assert "must not be NULL" in error.message


def test_a_required_column_that_the_file_does_not_supply(tmp_path: Path) -> None:
    spec = table("a INTEGER NOT NULL", "b VARCHAR")
    assert (refusal(tmp_path, spec, b"b\nx\n", columns=("b",)).details or {})["column"] == "a"


def test_parquet_values_that_do_not_fit_name_the_column(tmp_path: Path) -> None:
    source = tmp_path / "x.parquet"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES ('1', 'x'), ('zz', 'y')) v(p, q)) TO '{source}'")
    details = refusal(tmp_path, TWO, source.read_bytes(), format="parquet").details or {}
    assert (details["column"], details["value"], details["row"]) == ("a", "zz", 2)


def test_parquet_nulls_in_required_columns_name_the_column(tmp_path: Path) -> None:
    source = tmp_path / "x.parquet"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES (1, 'x'), (NULL, 'y')) v(p, q)) TO '{source}'")
    details = refusal(tmp_path, KEYED, source.read_bytes(), format="parquet").details or {}
    assert (details["column"], details["row"]) == ("a", 2)


def test_parquet_with_other_columns(tmp_path: Path) -> None:
    source = tmp_path / "x.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS a) TO '{source}'")
    assert "1 column" in refusal(tmp_path, TWO, source.read_bytes(), format="parquet").message


def test_a_failed_full_load_can_be_followed_by_a_good_one(tmp_path: Path) -> None:
    with opened(tmp_path, KEYED) as bench:
        with pytest.raises(ImportFailed):
            bench.load(b"a,b\n1,x\nzz,y\n")
        assert bench.load(b"a,b\n1,x\n").imported_rows == 1
        with pytest.raises(ImportFailed):
            bench.load(b"a,b\n2,x\nzz,y\n", incremental=True)
        assert bench.load(b"a,b\n2,x\n", incremental=True).imported_rows == 1
        assert bench.rows() == [(1, "x"), (2, "x")]


def test_a_load_cancelled_before_it_begins_does_nothing(tmp_path: Path) -> None:
    monitor = Monitor()
    monitor.cancel()
    with opened(tmp_path, TWO) as bench:
        source = tmp_path / "x.csv"
        source.write_bytes(b"a,b\n1,x\n")
        with pytest.raises(OperationCancelled):
            load_rows(
                connection=bench.connection,
                table=TABLE,
                spec=TWO,
                order=LoadSpec(source),
                monitor=monitor,
                base_is_empty=True,
            )
        assert bench.rows() == []


def test_a_running_load_can_be_cancelled(tmp_path: Path) -> None:
    source = tmp_path / "x.csv"
    duckdb.execute(f"COPY (SELECT i AS a, 'some text ' || i AS b FROM range(3_000_000) t(i)) TO '{source}' (HEADER)")
    monitor = Monitor()
    started = threading.Event()

    def watch() -> None:
        while monitor.fraction < 0.1 and not started.wait(0.001):
            pass
        monitor.cancel()

    with opened(tmp_path, KEYED) as bench:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            with pytest.raises(OperationCancelled):
                load_rows(
                    connection=bench.connection,
                    table=TABLE,
                    spec=KEYED,
                    order=LoadSpec(source),
                    monitor=monitor,
                    base_is_empty=True,
                )
        finally:
            started.set()
            watcher.join()
        assert bench.rows() == []
        assert bench.leftovers() == []


def test_a_small_file_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    bomb = pa.compress(b"1,x\n" * (257 << 18), codec="zstd", asbytes=True)
    error = refusal(tmp_path, TWO, bomb)
    assert error.details == {"packed_bytes": len(bomb), "max_unpacked_bytes": 256 << 20}


def test_a_line_longer_than_the_limit_is_never_dropped(tmp_path: Path) -> None:
    error = refusal(tmp_path, TWO, b"a,b\n1,x\n2," + b"x" * (82 << 20) + b"\n")
    assert "A line is longer than 64 MiB." in error.message

"""Loading Parquet: positions, conversions, round trips."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.unit.engine.load_bench import TABLE, opened, table


def parquet(directory: Path, query: str, options: str = "FORMAT parquet") -> Path:
    target = directory / "source.bin"
    duckdb.execute(f"COPY ({query}) TO '{target}' ({options})")
    return target


def test_columns_go_by_position_and_convert(tmp_path: Path) -> None:
    source = parquet(
        tmp_path, "SELECT 5::BIGINT AS \"b\"\"x\", '2024-01-02' AS a, '' AS c UNION ALL SELECT 6, NULL, NULL"
    )
    with opened(tmp_path, table("a INTEGER", "b DATE", "c VARCHAR")) as bench:
        assert bench.load(source, format="parquet").imported_rows == 2
        assert [(row[0], str(row[1]), row[2]) for row in bench.rows()] == [(5, "2024-01-02", ""), (6, "None", None)]


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "uncompressed"])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("INTEGER[]", "[1, NULL]"),
        ("STRUCT(x INTEGER, y VARCHAR[])", "{'x': 1, 'y': ['a']}"),
        ("DECIMAL(38,10)", "1.5"),
        ("BLOB", "'\\x00a'"),
        ("TIMESTAMP WITH TIME ZONE", "'2024-05-06 07:08:09+02'"),
        ("UUID", "'5e9d1a8e-0000-4000-8000-000000000001'"),
        ("VARCHAR", "'x,\"\n'"),
    ],
)
def test_what_copy_writes_loads_back_equal(tmp_path: Path, compression: str, kind: str, value: str) -> None:
    query = f"SELECT CAST({value} AS {kind}) AS v UNION ALL SELECT NULL"
    source = parquet(tmp_path, query, f"FORMAT parquet, COMPRESSION {compression}")
    with opened(tmp_path, table(f"v {kind}")) as bench:
        bench.load(source, format="parquet")
        assert bench.connection.execute(f"({query}) EXCEPT ALL FROM {TABLE}").fetchall() == []
        assert bench.count() == 2


def test_the_last_row_wins_and_upserts_work(tmp_path: Path) -> None:
    with opened(tmp_path, table("id INTEGER", "v VARCHAR", key=("id",))) as bench:
        full = parquet(tmp_path, "SELECT i % 1000 AS id, i AS v FROM range(300_000) t(i)")
        counts = bench.load(full, format="parquet")
        assert counts.imported_rows == 300_000
        assert "299000 rows" in counts.warnings[0]
        assert sorted(bench.rows()) == [(key, str(299_000 + key)) for key in range(1000)]
        more = parquet(tmp_path, "SELECT * FROM (VALUES (1, 'x'), (1000, 'y')) v")
        assert bench.load(more, format="parquet", incremental=True).imported_rows == 1


def test_columns_subset(tmp_path: Path) -> None:
    source = parquet(tmp_path, "SELECT 'x' AS p, 1 AS q")
    with opened(tmp_path, table("a INTEGER", "b VARCHAR DEFAULT 'd'", "c VARCHAR")) as bench:
        bench.load(source, format="parquet", columns=("c", "a"))
        assert bench.rows() == [(1, "d", "x")]


def test_no_rows(tmp_path: Path) -> None:
    with opened(tmp_path, table("a INTEGER", key=("a",))) as bench:
        assert bench.load(parquet(tmp_path, "SELECT 1 AS a WHERE false"), format="parquet").imported_rows == 0

"""What Parquet cannot hold exactly is written as text, inside of other types too; everything else as it is."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from storage.engine.config import EngineConfig
from storage.engine.connection import open_instance
from storage.engine.exporter import export_rows
from storage.engine.monitor import Monitor
from storage.engine.parquet_types import parquet_type
from storage.engine.specs import ColumnSpec, ExportSpec, TableSpec


@pytest.mark.parametrize(
    ("type_name", "written"),
    [
        ("INTEGER", "INTEGER"),
        ("ENUM('a', 'it''s')", "ENUM('a', 'it''s')"),
        ("STRUCT(a INTEGER[3])", "STRUCT(a INTEGER[3])"),
        ("HUGEINT", "VARCHAR"),
        ("UHUGEINT[][2]", "VARCHAR[][2]"),
        ("TIME WITH TIME ZONE", "VARCHAR"),
        ("MAP(HUGEINT, INTERVAL[])", "MAP(VARCHAR, VARCHAR[])"),
        ('STRUCT("a ""b" INTERVAL, c INTEGER)', 'STRUCT("a ""b" VARCHAR, "c" INTEGER)'),
        ("UNION(n HUGEINT, s VARCHAR)", 'UNION("n" VARCHAR, "s" VARCHAR)'),
    ],
)
def test_the_type_that_is_written(type_name: str, written: str) -> None:
    assert parquet_type(type_name) == written


def test_rows_are_ordered_and_filtered_by_value_not_by_text(tmp_path: Path) -> None:
    config = EngineConfig(*(tmp_path / name for name in ("duckdb", "versions", "staging", "locks", "temp")))
    target = tmp_path / "out.parquet"
    with open_instance(config, threads=2, memory_bytes=500_000_000, writable_dirs=[tmp_path]) as connection:
        connection.execute("CREATE TABLE main.data AS SELECT unnest([9, 10, 100, 8]::HUGEINT[]) AS n")
        export_rows(
            connection=connection,
            table='"main"."data"',
            spec=TableSpec((ColumnSpec("n", "HUGEINT"),)),
            order=ExportSpec("parquet", where="n > 8", order_by=("n",), limit=2),
            target=target,
            monitor=Monitor(),
        )
    with duckdb.connect() as reader:
        assert reader.sql(f"FROM '{target}'").fetchall() == [("9",), ("10",)]

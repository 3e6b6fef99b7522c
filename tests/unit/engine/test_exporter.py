"""An export writes exactly the rows and columns asked for, in a form that reads back equal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest

from kbstore.errors import KbstoreError, OperationCancelled
from storage.engine.config import EngineConfig
from storage.engine.connection import open_instance
from storage.engine.exporter import export_rows
from storage.engine.loader import load_rows
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnFilter, ColumnSpec, ExportSpec, LoadSpec, RowSelection, SortKey, TableSpec
from storage.errors import InvalidColumns, InvalidLimit, InvalidWhereClause

SPEC = TableSpec((ColumnSpec("id", "INTEGER"), ColumnSpec("na me", "VARCHAR"), ColumnSpec("price", "DECIMAL(10,2)")))
ROWS = [
    (1, "plain", "1.50"),
    (2, None, None),
    (3, "", "-0.01"),
    (4, 'a,b "q"\nnext', "0.00"),
    (5, " padded ", "99999999.99"),
    (6, "NULL", "1.00"),
    (7, "é😀\\\t\r", "2.00"),
    (None, '"', "3.00"),
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    config = EngineConfig(*(tmp_path / name for name in ("duckdb", "versions", "staging", "locks", "temp")))
    with open_instance(config, threads=2, memory_bytes=500_000_000, writable_dirs=[tmp_path]) as opened:
        opened.execute('CREATE TABLE main.data (id INTEGER, "na me" VARCHAR, price DECIMAL(10,2))')
        opened.executemany("INSERT INTO data VALUES (?, ?, CAST(? AS DECIMAL(10,2)))", ROWS)
        yield opened


def _export(connection: duckdb.DuckDBPyConnection, target: Path, spec: TableSpec = SPEC, **order: object) -> int:
    return export_rows(
        connection=connection,
        table='"main"."data"',
        spec=spec,
        order=ExportSpec(**order),  # type: ignore[arg-type]
        target=target,
        monitor=Monitor(),
    )


def _strict_read(path: Path, columns: str) -> list[tuple[object, ...]]:
    """Read by the rule of imports: an unquoted empty field is NULL, a quoted one is the empty string."""
    with duckdb.connect() as reader:
        return reader.execute(
            f"SELECT * FROM read_csv('{path}', header=true, auto_detect=false, delim=',', quote='\"', escape='\"',"
            f" allow_quoted_nulls=false, nullstr='', columns={columns})"
        ).fetchall()


def test_csv_has_a_header_and_tells_null_from_the_empty_string(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"

    assert _export(connection, target) == len(ROWS)

    lines = target.read_bytes().split(b"\n")
    assert lines[:4] == [b"id,na me,price", b"1,plain,1.50", b"2,,", b'3,"",-0.01']
    assert target.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_csv_reads_back_equal(connection: duckdb.DuckDBPyConnection, tmp_path: Path, compression: str | None) -> None:
    target = tmp_path / ("out.csv.gz" if compression else "out.csv")
    _export(connection, target, compression=compression)

    rows = _strict_read(target, "{'id': 'INTEGER', 'na me': 'VARCHAR', 'price': 'VARCHAR'}")

    assert rows == ROWS
    assert (target.read_bytes()[:2] == b"\x1f\x8b") is (compression == "gzip")


@pytest.mark.parametrize("compression", [None, "gzip", "zstd", "snappy"])
def test_parquet_reads_back_equal_with_names_and_types(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, compression: str | None
) -> None:
    target = tmp_path / "out.parquet"

    assert _export(connection, target, format="parquet", compression=compression) == len(ROWS)

    with duckdb.connect() as reader:
        types = reader.execute(f"DESCRIBE SELECT * FROM '{target}'").fetchall()
        rows = reader.execute(f"SELECT * REPLACE (CAST(price AS VARCHAR) AS price) FROM '{target}'").fetchall()
        codecs = reader.execute(f"SELECT DISTINCT compression FROM parquet_metadata('{target}')").fetchall()
    assert [(name, kind) for name, kind, *_ in types] == [(c.name, c.type) for c in SPEC.columns]
    assert rows == ROWS
    assert codecs == [((compression or "snappy").upper(),)]


def test_a_null_in_a_table_of_one_column_is_an_empty_line(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"

    assert _export(connection, target, columns=("na me",), where="id IN (1, 2, 3)") == 3

    assert target.read_bytes() == b'na me\nplain\n\n""\n'


def test_nested_values_are_duckdb_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT [1, NULL] AS l, {'a': 'x'} AS s, '\\xAA'::BLOB AS b")
    spec = TableSpec((ColumnSpec("l", "INTEGER[]"), ColumnSpec("s", "STRUCT(a VARCHAR)"), ColumnSpec("b", "BLOB")))

    _export(connection, tmp_path / "out.csv", spec)

    assert (tmp_path / "out.csv").read_text() == "l,s,b\n\"[1, NULL]\",{'a': x},\\xAA\n"


def test_no_rows_make_a_file_with_only_the_header(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    target = tmp_path / "out.csv.gz"

    assert _export(connection, target, where="1=0", compression="gzip") == 0

    assert gzip.decompress(target.read_bytes()) == b"id,na me,price\n"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"columns": ("price", "id"), "limit": 1}, b"price,id\n1.50,1\n"),
        ({"columns": (), "limit": 1}, b"id,na me,price\n1,plain,1.50\n"),
        ({"columns": ("id",), "limit": 2}, b"id\n1\n2\n"),
        ({"columns": ("id",), "limit": 0, "where": "id < 3"}, b"id\n1\n2\n"),
        ({"columns": ("id",), "where": "id > 2 OR id = 1", "limit": 2}, b"id\n1\n3\n"),
        ({"columns": ("id",), "where": ""}, b"id\n1\n2\n3\n4\n5\n6\n7\n\n"),
        ({"columns": ("id",), "where": "\"na me\" = '' AND data.price < 0"}, b"id\n3\n"),
        ({"columns": ("id",), "where": "true", "order_by": ("id",), "limit": 1}, b"id\n1\n"),
        ({"columns": ("id",), "limit": 1, "header": False}, b"1\n"),
        ({"columns": ("id", "na me"), "limit": 2, "delimiter": ";", "null_string": "~"}, b"id;na me\n1;plain\n2;~\n"),
    ],
)
def test_columns_filter_and_limit_choose_what_is_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, order: dict[str, object], expected: bytes
) -> None:
    rows = _export(connection, tmp_path / "out.csv", **order)

    assert (tmp_path / "out.csv").read_bytes() == expected
    assert rows == expected.count(b"\n") - (order.get("header", True) is True)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"columns": ("id", "nope")}, InvalidColumns),
        ({"columns": ("ID",)}, InvalidColumns),
        ({"order_by": ("nope",)}, InvalidColumns),
        ({"limit": -1}, InvalidLimit),
        ({"where": " "}, InvalidWhereClause),
        ({"where": "nope = 1"}, InvalidWhereClause),
        ({"where": "read_text('/etc/passwd') = ''"}, InvalidWhereClause),
        ({"where": 'CAST("na me" AS INTEGER) = 1'}, InvalidWhereClause),
        ({"where": "id = 'x'"}, InvalidWhereClause),
        ({"where": "id = [1]"}, InvalidWhereClause),
        ({"where": "lower(id, id)"}, InvalidWhereClause),
    ],
)
def test_what_cannot_be_exported_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, order: dict[str, object], error: type[KbstoreError]
) -> None:
    with pytest.raises(error) as caught:
        _export(connection, tmp_path / "out.csv", **order)

    assert str(tmp_path) not in caught.value.message
    assert "COPY" not in caught.value.message


def test_a_column_named_twice_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(KbstoreError, match="twice") as caught:
        _export(connection, tmp_path / "out.csv", columns=("id", "id"))

    assert caught.value.code == "invalid_columns"


def test_a_file_outside_the_allowed_directories_cannot_be_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(KbstoreError) as caught:
        _export(connection, tmp_path.parent / "elsewhere.csv")

    assert str(tmp_path.parent) not in caught.value.message


def test_a_cancelled_export_stops_with_the_reason(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    monitor = Monitor()
    monitor.cancel()

    with pytest.raises(OperationCancelled):
        export_rows(
            connection=connection,
            table='"main"."data"',
            spec=SPEC,
            order=ExportSpec(),
            target=tmp_path / "out.csv",
            monitor=monitor,
        )


def test_rows_keep_their_order_with_several_threads(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT range::INTEGER AS id FROM range(500000)")

    _export(connection, tmp_path / "out.csv", TableSpec((ColumnSpec("id", "INTEGER"),)))

    ids = (tmp_path / "out.csv").read_text().split()[1:]
    assert ids == [str(number) for number in range(500_000)]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("a VARCHAR", "(NULL), (''), ('x'), (NULL)"),
        ("a VARCHAR", "(NULL)"),
        ("a INTEGER", "(NULL), (1), (NULL), (NULL)"),
        ("a VARCHAR, b INTEGER", "(NULL, NULL), ('', 1), (E'\\r\\n', 2), (E'q\"', 3), ('NULL', NULL), (E'\\\\\"', 6)"),
        ("a VARCHAR[], b BLOB", "(['x', NULL, ''], '\\xAA'::BLOB), ([], ''::BLOB)"),
        ("a STRUCT(x VARCHAR)", "({'x': 'it''s, \"q\"'}), (NULL)"),
    ],
)
def test_an_import_of_the_export_gives_the_same_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, columns: str, values: str, file_format: str
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE data ({columns})")
    connection.execute(f"CREATE TABLE back ({columns})")
    connection.execute(f"INSERT INTO data VALUES {values}")
    described = connection.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'data'")
    spec = TableSpec(tuple(ColumnSpec(name, kind) for name, kind in described.fetchall()))
    target = tmp_path / "out"
    _export(connection, target, spec, format=file_format)

    load_rows(
        connection=connection,
        table='"main"."back"',
        spec=spec,
        order=LoadSpec(path=target, format=file_format),  # type: ignore[arg-type]
        monitor=Monitor(),
        base_is_empty=True,
        scratch_dir=tmp_path,
    )

    assert connection.execute("FROM back").fetchall() == connection.execute("FROM data").fetchall()


def test_texts_are_quoted_and_moments_spelled_out_for_hosts(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    columns = {
        "id": "INTEGER",
        "name": "VARCHAR",
        "ok": "BOOLEAN",
        "at": "TIMESTAMP",
        "zoned": "TIMESTAMP WITH TIME ZONE",
        "doc": "JSON",
    }
    spec = TableSpec(tuple(ColumnSpec(name, kind) for name, kind in columns.items()))
    connection.execute(
        "CREATE OR REPLACE TABLE main.data AS SELECT * FROM (VALUES"
        """ (1, 'a', true, TIMESTAMP '2024-01-02 03:04:05', TIMESTAMPTZ '2024-01-02 03:04:05.5+01', '{"a":1}'::JSON),"""
        " (2, '', false, TIMESTAMP '2024-01-02 03:04:05.000001', NULL, NULL),"
        " (3, NULL, NULL, TIMESTAMP 'infinity', NULL, NULL)) v(id, name, ok, \"at\", zoned, doc)"
    )
    selection = RowSelection("t", (ColumnFilter("ID", "le", ("3",)),), sort=(SortKey("at", descending=True),), limit=3)

    written = _export(connection, tmp_path / "out.csv", spec, selection=selection, quotes_texts=True, header=False)

    assert written == 3
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "3,,,infinity,,",
        '2,"",false,2024-01-02 03:04:05.000001,,',
        '1,"a",true,2024-01-02 03:04:05,2024-01-02 02:04:05.500000,"{""a"":1}"',
    ]


def test_an_order_of_json_is_the_same_order() -> None:
    selection = RowSelection("t", (ColumnFilter("a", "eq", ("1", "2")),), sort=(SortKey("a"),), limit=1)
    order = ExportSpec(columns=("a",), selection=selection, quotes_texts=True)

    assert ExportSpec.from_json(json.loads(json.dumps(asdict(order)))) == order
    assert ExportSpec.from_json(json.loads(json.dumps(asdict(ExportSpec())))) == ExportSpec()

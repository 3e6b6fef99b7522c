"""What a CSV file means: dialects, empty values, headers, line ends, compression, sizes."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from storage.engine.specs import CsvOptions
from storage.errors import InvalidColumns, InvalidCsvOptions
from tests.unit.engine.load_bench import Bench, opened, table

TWO = table("a INTEGER", "b VARCHAR")
TEXTS = table("a VARCHAR", "b VARCHAR")


def loaded(directory: Path, spec: Any, content: bytes, **order: Any) -> list[tuple[Any, ...]]:
    with opened(directory, spec) as bench:
        counts = bench.load(content, **order)
        rows = bench.rows()
        assert counts.imported_rows == len(rows)
        assert bench.leftovers() == []
        return rows


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(b"a,b\n1,x\n2,y\n", [(1, "x"), (2, "y")], id="plain"),
        pytest.param(b"a,b\n1,x\n2,y", [(1, "x"), (2, "y")], id="no line end at the end"),
        pytest.param(b"a,b\n1,x\n\n\n", [(1, "x")], id="blank lines at the end"),
        pytest.param(b"\n\na,b\n1,x\n", [(1, "x")], id="blank lines before the header"),
        pytest.param(b"a,b", [], id="header only"),
        pytest.param(b"\xef\xbb\xbfa,b\n1,x\n", [(1, "x")], id="byte-order mark"),
        pytest.param(b'\xef\xbb\xbf"a","b"\n1,x\r\n2,y\n', [(1, "x"), (2, "y")], id="byte-order mark and repair"),
        pytest.param(b"a,b\r\n1,x\r\n2,y\r\n", [(1, "x"), (2, "y")], id="CRLF"),
        pytest.param(b"a,b\r\n1,x\n2,y\r\n3,z\n", [(1, "x"), (2, "y"), (3, "z")], id="CRLF first, then LF"),
        pytest.param(b'a,b\n1,x\r\n2,"y\r\nz"\r\n3,\n', [(1, "x"), (2, "y\r\nz"), (3, None)], id="LF first, then CRLF"),
        pytest.param(b'a,b\n1,"x\ny, ""z"""\n', [(1, 'x\ny, "z"')], id="quoted everything"),
        pytest.param(b'a,b\n1,\n,""\n"",x\n', [(1, None), (None, ""), (None, "x")], id="empty and quoted empty"),
        pytest.param(b'a;b\n1;"x;y"\n', [(1, "x;y")], id="semicolon found out"),
        pytest.param(b"a\tb\n1\tx,y\n", [(1, "x,y")], id="tab found out"),
        pytest.param(b"p|q\n1|x,y\n2|,\n", [(1, "x,y"), (2, ",")], id="bar found out under foreign names"),
        pytest.param(b"a,b\n1,'x,y'\n", [(1, "x,y")], id="single quotes found out"),
        pytest.param(b'a,b\n1,"x \\"y\\", z"\n', [(1, 'x "y", z')], id="backslash escape found out"),
        pytest.param(b"a,b\n1,C:\\dir\\\n", [(1, "C:\\dir\\")], id="backslashes are text"),
        pytest.param(b"a,b\n1,#x\n", [(1, "#x")], id="no comments"),
        pytest.param("a,b\n1,žluťoučký 🐎\n".encode(), [(1, "žluťoučký 🐎")], id="unicode"),
        pytest.param(b"x,y\n1,z\n", [(1, "z")], id="header names do not matter"),
        pytest.param(b"b,zzz\n1,z\n", [(1, "z")], id="half-matching header stays positional"),
    ],
)
def test_detected_dialect(tmp_path: Path, content: bytes, rows: list[tuple[Any, ...]]) -> None:
    assert loaded(tmp_path, TWO, content) == rows


@pytest.mark.parametrize(
    ("options", "content", "rows"),
    [
        pytest.param({}, b'a,b\n1,"x\\"y"\n', [("1", 'x"y')], id="backslash escapes a quote"),
        pytest.param({}, b'a,b\n1,"x""y"\n', [("1", 'x"y')], id="doubled quote with backslash escape"),
        pytest.param({}, b'a,b\n"p\\"q","x""y"\n', [('p"q', 'x"y')], id="both in one row"),
        pytest.param(
            {}, b'a,b\n1,"x\\ny\\\\"\n', [("1", "x\\ny\\")], id="backslash is literal before other characters"
        ),
        pytest.param({}, b"a,b\n1,x\\\\y\n", [("1", "x\\\\y")], id="no escapes outside quotes"),
        pytest.param({}, b"a;b,c\n1,2;3\n", [("1", "2;3")], id="nothing is detected"),
        pytest.param({"escape": '"'}, b'a,b\n1,"x\\"\n', [("1", "x\\")], id="quote as escape"),
        pytest.param({"escape": ""}, b'a,b\n1,"x\\"\n2,""""\n', [("1", "x\\"), ("2", '"')], id="no escape"),
        pytest.param({"escape": "^"}, b'a,b\n1,"x^"^^^y"\n', [("1", 'x"^^y')], id="another escape"),
        pytest.param({"quote": ""}, b'a,b\n"1",x"\n', [('"1"', 'x"')], id="no quoting"),
        pytest.param({"quote": "'"}, b"a,b\n'1','it''s'\n", [("1", "it's")], id="another quote"),
        pytest.param({"delimiter": ";"}, b"a;b\n1;x,y\n", [("1", "x,y")], id="semicolon"),
        pytest.param({"delimiter": "\t"}, b"a\tb\n1\tx\n", [("1", "x")], id="tab"),
        pytest.param({"delimiter": "||"}, b'a||b\n1||"x||y"\n', [("1", "x||y")], id="two characters"),
        pytest.param({"delimiter": "<=>"}, b'a<=>b\n1<=>"x\\"<=>"\n', [("1", 'x"<=>')], id="three characters, escapes"),
        pytest.param({"delimiter": "→"}, "a→b\n1→x\n".encode(), [("1", "x")], id="one wide character"),
        pytest.param({"header": False}, b"1,x\n2,y\n", [("1", "x"), ("2", "y")], id="no header"),
        pytest.param({}, b'a,b\n,""\n', [(None, "")], id="nothing is NULL, quoted empty is a text"),
        pytest.param({"quoted_null": True}, b'a,b\n,""\n', [(None, None)], id="quoted_null"),
        pytest.param(
            {"null_string": "NULL"}, b'a,b\nNULL,\n"NULL",""\n', [(None, ""), ("NULL", "")], id="another NULL text"
        ),
        pytest.param(
            {"null_string": "NULL", "quoted_null": True}, b'a,b\n"NULL",""\n', [(None, "")], id="NULL text in quotes"
        ),
        pytest.param({"null_string": "\\N"}, b"a,b\n\\N,x\n", [(None, "x")], id="backslash N"),
    ],
)
def test_explicit_dialect(tmp_path: Path, options: dict[str, Any], content: bytes, rows: list[tuple[Any, ...]]) -> None:
    assert loaded(tmp_path, TEXTS, content, csv=CsvOptions(**options)) == rows


def test_empty_values_of_other_types_are_null_with_any_null_string(tmp_path: Path) -> None:
    spec = table("a INTEGER", "b DATE", "c VARCHAR")
    rows = loaded(tmp_path, spec, b'a,b,c\n,"",\n"7",-,-\n', csv=CsvOptions(null_string="-"))
    assert rows[0] == (None, None, "")
    assert rows[1][::2] == (7, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("delimiter", ""),
        ("delimiter", ",,,,,"),
        ("delimiter", "→→"),
        ("delimiter", "\n"),
        ("quote", "''"),
        ("quote", "ž"),
        ("quote", ","),
        ("escape", "\\\\"),
        ("escape", "\n"),
        ("null_string", "a,b"),
        ("null_string", '"'),
    ],
)
def test_impossible_options_are_refused_by_name(tmp_path: Path, field: str, value: str) -> None:
    with opened(tmp_path, TEXTS) as bench, pytest.raises(InvalidCsvOptions) as caught:
        bench.load(b"a,b\n1,x\n", csv=CsvOptions(**{field: value}))
    assert caught.value.details == {"field": field}


def test_options_are_values_and_never_sql(tmp_path: Path) -> None:
    options = CsvOptions(null_string="x'); DROP TABLE data; --", delimiter="'", quote="")
    with opened(tmp_path, TEXTS) as bench:
        with pytest.raises(InvalidCsvOptions):
            bench.load(b"a'b\n1'x\n", csv=options)
        bench.load(b"a'b\n1'x\n", csv=CsvOptions(delimiter="'", null_string="); DROP"))
        assert bench.rows() == [("1", "x")]


def test_a_header_in_another_order_maps_by_name_with_a_warning(tmp_path: Path) -> None:
    with opened(tmp_path, TWO) as bench:
        counts = bench.load(b'"b",a\nx,1\n')
        assert bench.rows() == [(1, "x")]
        assert "mapped by name" in counts.warnings[0]


def test_columns_subset_takes_defaults_for_the_rest(tmp_path: Path) -> None:
    spec = table("a INTEGER", "b VARCHAR DEFAULT 'new'", "c VARCHAR")
    assert loaded(tmp_path, spec, b"q,r\nx,1\n", columns=("c", "a")) == [(1, "new", "x")]
    assert loaded_again(tmp_path, spec, b"a,c\n1,x\n", columns=("c", "a")) == [(1, "new", "x")]


def loaded_again(directory: Path, spec: Any, content: bytes, **order: Any) -> list[tuple[Any, ...]]:
    inner = directory / "again"
    inner.mkdir()
    return loaded(inner, spec, content, **order)


@pytest.mark.parametrize("columns", [("a", "nope"), ("a", "a"), ()])
def test_wrong_columns_are_refused(tmp_path: Path, columns: tuple[str, ...]) -> None:
    with opened(tmp_path, TWO) as bench, pytest.raises(InvalidColumns):
        bench.load(b"a,b\n1,2\n", columns=columns)


ONE_TEXT = table("a VARCHAR")


@pytest.mark.parametrize(
    ("spec", "content", "rows"),
    [
        pytest.param(ONE_TEXT, b"a\nx\n\ny\n\n", [("x",), (None,), ("y",), (None,)], id="blank line is a NULL"),
        pytest.param(table("a VARCHAR NOT NULL"), b"a\nx\n\n\n", [("x",)], id="unless NULL cannot be"),
        pytest.param(ONE_TEXT, b'a\n""\n"hello, world"\n', [("",), ("hello, world",)], id="quoted"),
        pytest.param(ONE_TEXT, b"a\nhello, world\n", [("hello, world",)], id="a comma is no delimiter"),
    ],
)
def test_one_column(tmp_path: Path, spec: Any, content: bytes, rows: list[tuple[Any, ...]]) -> None:
    assert loaded(tmp_path, spec, content) == rows


def test_conversions(tmp_path: Path) -> None:
    spec = table("i BIGINT", "d DECIMAL(9,2)", "day DATE", "at TIMESTAMP", "yes BOOLEAN", "f DOUBLE")
    content = (
        b"i,d,day,at,yes,f\n-9223372036854775808,1.25,2024-02-29,2024-01-02 03:04:05,true,1e3\n"
        b"1,-0.5,1999-12-31,2024-01-02T03:04:05.123456,f,inf\n2,1,0001-01-01,2024-01-02,1,.5\n"
        b'3,"7","2000-01-01","2024-01-02 03:04:05.5",yes,-1\n4,0,2000-01-01,2000-01-01,no,0\n5,,,,0,\n'
    )
    rows = loaded(tmp_path, spec, content)
    assert [row[4] for row in rows] == [True, False, True, True, False, False]
    assert rows[1][3].isoformat() == "2024-01-02T03:04:05.123456"
    assert str(rows[1][1]) == "-0.50"


TYPED = {
    "INTEGER[]": "[1, NULL, 3]",
    "VARCHAR[]": "['a,b', 'it''s', '\"', NULL, 'NULL', '']",
    'STRUCT(x INTEGER, "y z" VARCHAR)': "{'x': 1, 'y z': 'q\"''\n'}",
    "MAP(VARCHAR, INTEGER)": "MAP {'k': 1, 'l,m': NULL}",
    "BLOB": "'\\x00\\xFF\"a,'::BLOB",
    "JSON": '\'{"a": [1, "b"]}\'',
    "UUID": "'5e9d1a8e-0000-4000-8000-000000000001'",
    "HUGEINT": "-170141183460469231731687303715884105727",
    "DECIMAL(38,10)": "1234567890123456789012345678.0123456789",
    "TIMESTAMP WITH TIME ZONE": "'2024-05-06 07:08:09.123456+02'",
    "TIME": "'23:59:59.999999'",
    "INTERVAL": "INTERVAL '1 month 2 days 3 seconds'",
    "ENUM('a', 'b c', 'it''s')": "'it''s'",
    "DOUBLE": "1e300",
    "FLOAT": "'nan'",
    "VARCHAR": "' \"quoted\",\r\nNULL '",
    "BIT": "'0101'",
}


@pytest.mark.parametrize("kind", TYPED)
@pytest.mark.parametrize("extra", ["''", "NULL"], ids=["tight", "tolerant"])
def test_what_copy_writes_loads_back_equal(tmp_path: Path, kind: str, extra: str) -> None:
    source = tmp_path / "out.csv"
    values = f"SELECT CAST({TYPED[kind]} AS {kind}) AS v, 'x' AS t UNION ALL SELECT NULL, {extra}"
    with opened(tmp_path, table(f"v {kind}", "t VARCHAR")) as bench:
        with duckdb.connect() as writer:
            writer.execute("SET TimeZone = 'UTC'")
            writer.execute(f"COPY ({values}) TO '{source}' (HEADER)")
        bench.load(source)
        wrong = bench.connection.execute(f"({values}) EXCEPT ALL FROM staged.main.data").fetchall()
        assert wrong == []
        assert bench.count() == 2


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: pa.compress(data, codec="zstd", asbytes=True)])
@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", "data.bin"])
def test_compression_shows_in_the_first_bytes(tmp_path: Path, pack: Any, name: str) -> None:
    content = b"a,b\n" + b"".join(b"%d,x%d\n" % (number, number) for number in range(1000))
    assert loaded(tmp_path, TWO, pack(content), name=name)[-1] == (999, "x999")


def test_plain_file_with_a_gz_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, TWO, b"a,b\n1,x\n", name="data.csv.gz") == [(1, "x")]


def test_gzip_members_in_a_row_are_one_file(tmp_path: Path) -> None:
    assert loaded(tmp_path, TWO, gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n")) == [(1, "x"), (2, "y")]


def test_a_thousand_columns(tmp_path: Path) -> None:
    spec = table(*(f"column_{number} INTEGER" for number in range(1000)))
    names = ",".join(spec.column_names)
    line = ",".join(map(str, range(1000)))
    assert loaded(tmp_path, spec, f"{names}\n{line}\n{line}\n".encode()) == [tuple(range(1000))] * 2


def test_a_cell_of_ten_megabytes(tmp_path: Path) -> None:
    with opened(tmp_path, TWO) as bench:
        bench.load(b'a,b\n1,"' + b"x\n" * 5_000_000 + b'"\n2,y\n')
        assert bench.connection.execute("SELECT a, length(b) FROM staged.main.data").fetchall() == [
            (1, 10_000_000),
            (2, 1),
        ]


def test_a_late_escape_is_found_in_a_detected_dialect(tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,x\n" * 20_000 + b'2,"q \\"r\\" s"\n'
    assert loaded(tmp_path, TWO, content)[-1] == (2, 'q "r" s')


def test_repair_does_not_depend_on_where_chunks_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'a,b\r\n1,"x\\"y\\\\"\r\n2,"p""q\r\n"\n3,r"s\r\n"",""\n'
    expected = [(1, 'x"y\\'), (2, 'p"q\r\n'), (3, 'r"s'), (None, "")]
    for size in range(1, 9):
        monkeypatch.setattr("storage.engine.csv_file.CHUNK_BYTES", size)
        inner = tmp_path / str(size)
        inner.mkdir()
        assert loaded(inner, TWO, content, csv=CsvOptions()) == expected


def test_the_bench_is_confined(tmp_path: Path) -> None:
    def read_elsewhere(bench: Bench) -> None:
        bench.connection.execute("SELECT * FROM read_csv('/etc/passwd')")

    with opened(tmp_path, TWO) as bench, pytest.raises(duckdb.PermissionException):
        read_elsewhere(bench)


def test_a_long_last_line_is_kept(tmp_path: Path) -> None:
    content = b"a,b\n1,x\n2," + b"y" * (48 << 20) + b"\n"
    with opened(tmp_path, TWO) as bench:
        assert bench.load(content).imported_rows == 2
        lengths = bench.connection.execute("SELECT length(b) FROM staged.main.data ORDER BY a").fetchall()
    assert lengths == [(1,), (48 << 20,)]


def test_scratch_files_are_closed(tmp_path: Path) -> None:
    def scratch_files() -> list[str]:
        links = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return [link for link in links if "load-" in link]

    assert loaded(tmp_path, TWO, gzip.compress(b"a,b\n1,x\n")) == [(1, "x")]
    assert scratch_files() == []

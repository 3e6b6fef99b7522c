"""What a file shows before it is loaded: dialect, names, types, rows; and what it is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.file_detection import detect_file, usable_names
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, CsvOptions, DetectedFile, LoadSpec, TableSpec
from storage.engine.type_fit import misfits
from storage.engine.type_guess import guess_type
from storage.errors import ImportFailed, InvalidCsvOptions


def detected(
    config: EngineConfig, tmp_path: Path, content: str | bytes, options: CsvOptions | None = None
) -> DetectedFile:
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return detect_file(config, path, options=options, rows=20)


def types(found: DetectedFile) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in found.columns]


@pytest.mark.parametrize(
    ("content", "delimiter", "quote", "escape"),
    [
        ("id,name\n1,x\n", ",", '"', '"'),
        ("id;name\n1;a,b\n2;c,d\n", ";", '"', '"'),
        ("id\tname\n1\tx\n", "\t", '"', '"'),
        ("at|note\n10:00|x\n11:30|y\n", "|", '"', '"'),
        ("id,note\n1,'x, y'\n2,'z'\n", ",", "'", "'"),
        ('a|b\n1|"x \\" y"\n2|"z"\n', "|", '"', "\\"),
        ('id,note\n1,"two\nlines"\n2,"a ""b"""\n', ",", '"', '"'),
    ],
)
def test_the_dialect_is_found_out(
    content: str, delimiter: str, quote: str, escape: str, config: EngineConfig, tmp_path: Path
) -> None:
    found = detected(config, tmp_path, content)
    assert found.csv is not None
    assert (found.csv.delimiter, found.csv.quote, found.csv.escape) == (delimiter, quote, escape)
    assert found.csv.header
    assert len(found.columns) == 2
    assert not found.warnings


def test_types_take_all_values_that_were_seen(config: EngineConfig, tmp_path: Path) -> None:
    content = (
        "n,x,zip,day,at,zoned,ok,mixed,none\n"
        "1,1.5,01234,2024-02-29,2024-01-01 10:00:00,2024-01-01T10:00:00Z,true,1,\n"
        ",2,99999,2024-03-01,2024-01-01 10:00:00.5,2024-01-01 10:00:00+02:00,FALSE,x,\n"
    )
    assert [kind for _, kind in types(detected(config, tmp_path, content))] == [
        "BIGINT",
        "DOUBLE",
        "VARCHAR",
        "DATE",
        "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE",
        "BOOLEAN",
        "VARCHAR",
        "VARCHAR",
    ]


@pytest.mark.parametrize("value", ["2024-02-30", "24:00", "1,5", "0x1F", "1234567890123456789", "+", "1e", "yes"])
def test_what_would_not_convert_is_text(value: str) -> None:
    assert guess_type([value]) == "VARCHAR"


def test_a_first_row_of_values_is_no_header(config: EngineConfig, tmp_path: Path) -> None:
    found = detected(config, tmp_path, "1,x\n2,y\n")
    assert found.csv is not None
    assert not found.csv.header
    assert types(found) == [("column_1", "BIGINT"), ("column_2", "VARCHAR")]
    assert found.rows == (("1", "x"), ("2", "y"))


def test_a_word_that_means_null_is_found_where_it_makes_a_better_type(config: EngineConfig, tmp_path: Path) -> None:
    found = detected(config, tmp_path, "id,n\na,NULL\nb,7\n")
    assert found.csv is not None
    assert found.csv.null_string == "NULL"
    assert types(found)[1] == ("n", "BIGINT")
    assert found.rows[0] == ("a", None)


def test_given_options_are_kept(config: EngineConfig, tmp_path: Path) -> None:
    found = detected(config, tmp_path, "a,b;c\n1,2;3\n", CsvOptions(delimiter=";", header=False))
    assert [column.name for column in found.columns] == ["column_1", "column_2"]
    assert found.rows == (("a,b", "c"), ("1,2", "3"))
    with pytest.raises(InvalidCsvOptions):
        detected(config, tmp_path, "a\n", CsvOptions(delimiter="\n"))


def test_names_become_usable_and_unique() -> None:
    assert usable_names(["id", "ID", "", 'na"me\n', " padded ", "x" * 200]) == [
        "id",
        "ID_2",
        "column_3",
        "name",
        "padded",
        "x" * 128,
    ]


def test_keys_are_proposed_by_what_is_unique_and_filled(config: EngineConfig, tmp_path: Path) -> None:
    found = detected(config, tmp_path, "id,twice,gap\n1,a,1\n2,a,\n")
    assert [(column.is_unique, column.is_filled) for column in found.columns] == [
        (True, True),
        (False, True),
        (True, False),
    ]


def test_a_large_file_is_judged_by_its_beginning(config: EngineConfig, tmp_path: Path) -> None:
    line = "1234567,some text\n"
    found = detected(config, tmp_path, "id,note\n" + line * 300_000)
    assert not found.is_counted
    assert found.row_count == pytest.approx(300_000, rel=0.02)
    assert len(found.rows) == 20


def test_a_compressed_file_is_looked_into(config: EngineConfig, tmp_path: Path) -> None:
    assert types(detected(config, tmp_path, gzip.compress(b"id,name\n1,x\n"))) == [
        ("id", "BIGINT"),
        ("name", "VARCHAR"),
    ]
    packed = pa.compress(b"id,name\n1,x\n", codec="zstd", asbytes=True)
    assert types(detected(config, tmp_path, packed)) == [("id", "BIGINT"), ("name", "VARCHAR")]
    with pytest.raises(ImportFailed, match="damaged"):
        detected(config, tmp_path, gzip.compress(b"id\n" * 1000)[:40])


def test_parquet_says_itself_what_it_holds(config: EngineConfig, tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    duckdb.execute(
        'COPY (SELECT i AS id, \'n\' || i AS "Na""me", [i] AS list FROM range(50) t(i)) TO $path (FORMAT parquet)',
        {"path": str(path)},
    )
    found = detect_file(config, path, options=None, rows=20)
    assert (found.format, found.row_count, found.is_counted) == ("parquet", 50, True)
    assert types(found) == [("id", "BIGINT"), ("Name", "VARCHAR"), ("list", "BIGINT[]")]
    assert found.rows[1] == ("1", "n1", "[1]")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04whatever", "Excel"),
        (b"\x7fELF\0\0\0", "neither text"),
        (b"PAR1\0\0\0\0PAR1", "damaged"),
        (b"\xff\xfei\0d\0", "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(
    content: bytes, reason: str, config: EngineConfig, tmp_path: Path
) -> None:
    with pytest.raises(ImportFailed, match=reason):
        detected(config, tmp_path, content)


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ("name\nx\n", "Only one column"),
        ("a,b\n1,2\n1\n1,2\n1,2\n", "1 row has not 2 values"),
        ("name,n\nM\xfcller,1\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_what_looks_wrong_is_told(content: str | bytes, warning: str, config: EngineConfig, tmp_path: Path) -> None:
    assert any(warning in text for text in detected(config, tmp_path, content).warnings)


def test_what_was_found_can_be_loaded(backend: FileBackend, config: EngineConfig, tmp_path: Path) -> None:
    """The types and the dialect that are proposed are ones that the loader takes."""
    content = "id;amount;at;note\n1;1.5;2024-01-01 10:00:00;'a;b'\n2;\\N;2024-01-02 10:00:00;c\n"
    found = detected(config, tmp_path, content)
    spec = TableSpec(tuple(ColumnSpec(column.name, column.type) for column in found.columns))
    base = backend.create("p", spec)
    outcome = backend.load("p", spec, base.ref, LoadSpec(tmp_path / "file", csv=found.csv), Monitor())
    assert outcome.imported_rows == 2


def test_values_that_a_type_refuses_are_named() -> None:
    rows = [("1", "2024-01-01", "x"), ("x", "", None), ("2", "1.1.2024", "")]
    assert misfits(["BIGINT", "DATE", "VARCHAR"], rows) == {(1, 0), (2, 1)}
    assert misfits(["no type', 'x", "DECIMAL(99,1)"], rows) == set()

"""Columns of a new table from the beginning of a CSV file."""

from __future__ import annotations

import gzip

import pytest

from keboola_duckdb.csv_columns import infer_csv
from keboola_duckdb.errors import ConfigurationError


def columns(text: str, **options: str) -> dict[str, str]:
    shape = infer_csv(text.encode(), is_complete=True, **options)
    return {column.name: column.type for column in shape.columns}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "0"], "BIGINT"),
        (["1", "2.5"], "DOUBLE"),
        (["1e3", ".5"], "DOUBLE"),
        (["007", "1"], "VARCHAR"),
        (["9" * 19], "VARCHAR"),
        (["true", "FALSE"], "BOOLEAN"),
        (["yes", "no"], "VARCHAR"),
        (["2026-01-31", "2025-12-01"], "DATE"),
        (["2026-02-30"], "VARCHAR"),
        (["2026-01-31 10:00:00", "2026-01-31T10:00:00.123"], "TIMESTAMP"),
        (["2026-01-31 25:00:00"], "VARCHAR"),
        (["2026-01-31T10:00:00Z", "2026-01-31T10:00:00+02:00"], "TIMESTAMP WITH TIME ZONE"),
        (["2026-01-31", "2026-01-31 10:00:00"], "VARCHAR"),
        (["١٢٣"], "VARCHAR"),
        (["", ""], "VARCHAR"),
        (["1", ""], "BIGINT"),
    ],
)
def test_the_type_is_the_narrowest_that_takes_every_value(values, expected):
    lines = "\n".join(f"x,{value}" for value in values)
    assert columns(f"first,second\n{lines}\n")["second"] == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    text = "\n".join(delimiter.join(row) for row in (["id", "note"], ["1", '"a, b; c|d"'], ["2", "e"]))
    shape = infer_csv(text.encode(), is_complete=True)
    assert [column.type for column in shape.columns] == ["BIGINT", "VARCHAR"]
    assert shape.csv_options["delimiter"] == delimiter


def test_one_column_needs_no_delimiter():
    assert columns("id\n1\n2\n") == {"id": "BIGINT"}


def test_names_are_made_usable():
    assert list(columns('id,ID, spaced ,,"with ""quotes"""\n')) == ["id", "ID_2", "spaced", "column_4", "with quotes"]


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert columns("\ufeffid,name\n1,x\n") == {"id": "BIGINT", "name": "VARCHAR"}


def test_a_record_that_may_be_cut_is_not_judged():
    shape = infer_csv(b"id,moment\n1,2026-01-31\n2,2026-0", is_complete=False)
    assert [column.type for column in shape.columns] == ["BIGINT", "DATE"]


def test_quoted_line_breaks_belong_to_their_value():
    assert columns('id,note\n1,"two\nlines"\n2,x\n') == {"id": "BIGINT", "note": "VARCHAR"}


def test_gzip_is_looked_into_also_when_it_is_cut():
    packed = gzip.compress(b"id,name\n" + b"".join(b"%d,x%d\n" % (n, n * 7919) for n in range(50_000)))
    for head, is_complete in ((packed, True), (packed[: len(packed) // 2], False)):
        shape = infer_csv(head, is_complete=is_complete)
        assert [column.type for column in shape.columns] == ["BIGINT", "VARCHAR"]


@pytest.mark.parametrize(
    "head",
    [b"", b"\x28\xb5\x2f\xfdrest", b"PK\x03\x04\0\0\0", b"\x1f\x8bdamaged gzip"],
    ids=["empty", "zstd", "zip", "gz"],
)
def test_what_is_no_csv_is_refused_with_what_to_do(head):
    with pytest.raises(ConfigurationError, match="columns|damaged"):
        infer_csv(head, is_complete=True)

"""COPY FROM reads what COPY TO has written, and the rest as PostgreSQL does, in whatever pieces it comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspaces.pgwire.values.copy_binary import BinaryReader
from workspaces.pgwire.values.copy_errors import CopyDataError
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.pgwire.values.copy_lines import LineReader
from workspaces.pgwire.values.copy_rows import BINARY_TRAILER, CopyCsv, CopyEncoder, CopyText
from workspaces.pgwire.values.copy_targets import TargetColumn
from workspaces.pgwire.values.types import postgres_type

CSV = CopyFormat(CopyKind.CSV, delimiter=",", null="")
TEXT = CopyFormat()


def columns(*types: str) -> list[TargetColumn]:
    return [TargetColumn(f"n{index}", name, postgres_type(name)) for index, name in enumerate(types)]


def rows_of(batches: Iterator[pa.RecordBatch] | Sequence[pa.RecordBatch]) -> list[tuple[Any, ...]]:
    return [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def read_lines(
    data: bytes, types: Sequence[str], form: CopyFormat = CSV, *, block_bytes: int = 1 << 20, piece_bytes: int = 1 << 20
) -> list[tuple[Any, ...]]:
    reader = LineReader(columns(*types), form, block_bytes=block_bytes)
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(data), piece_bytes):
        found += rows_of(reader.feed(data[start : start + piece_bytes]))
    return found + rows_of(reader.finish())


def failure(data: bytes, types: Sequence[str], form: CopyFormat = CSV) -> tuple[str, str, str]:
    with pytest.raises(CopyDataError) as caught:
        read_lines(data, types, form)
    return caught.value.sqlstate, caught.value.message, caught.value.place


def read_binary(data: bytes, types: Sequence[str], *, piece_bytes: int = 1 << 20) -> list[tuple[Any, ...]]:
    reader = BinaryReader(columns(*types), block_bytes=piece_bytes)
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(data), piece_bytes):
        found += rows_of(reader.feed(data[start : start + piece_bytes]))
    return found + rows_of(reader.finish())


def written(batch: pa.RecordBatch, types: Sequence[str], options: CopyText | CopyCsv | None) -> bytes:
    encoder = CopyEncoder([postgres_type(name) for name in types], options)
    body = b"".join(bytes(stream.data) for stream in encoder.rows(batch))
    return encoder.start([f"n{index}" for index in range(len(types))]) + body + encoder.end()


TEXTS = st.one_of(
    st.none(), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    st.text(st.sampled_from('a,"\\\n\r\t.;N'), max_size=6),
)  # fmt: skip
MOMENTS = st.one_of(st.none(), st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))
KINDS = ("BIGINT", "VARCHAR", "TIMESTAMP", "BLOB", "BOOLEAN", "DECIMAL(12,3)", "VARCHAR")
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        TEXTS,
        MOMENTS,
        st.one_of(st.none(), st.binary(max_size=6)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), st.decimals(-999_999_999, 999_999_999, places=3)),
        TEXTS,
    ),
    max_size=12,
)
ARROW = (pa.int64(), pa.string(), pa.timestamp("us"), pa.binary(), pa.bool_(), pa.decimal128(12, 3), pa.string())


def batch_of(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    arrays = [pa.array([row[index] for row in rows], kind) for index, kind in enumerate(ARROW)]
    return pa.RecordBatch.from_arrays(arrays, names=[f"c{index}" for index in range(len(arrays))])


class TestRoundTrip:
    @settings(max_examples=60, deadline=None)
    @given(rows=ROWS, piece=st.integers(1, 60))
    def test_text(self, rows: list[tuple[Any, ...]], piece: int) -> None:
        data = written(batch_of(rows), KINDS, CopyText())
        assert read_lines(data, KINDS, TEXT, block_bytes=piece, piece_bytes=piece) == rows

    @settings(max_examples=60, deadline=None)
    @given(rows=ROWS, piece=st.integers(1, 60))
    def test_csv(self, rows: list[tuple[Any, ...]], piece: int) -> None:
        data = written(batch_of(rows), KINDS, CopyCsv())
        assert read_lines(data, KINDS, CSV, block_bytes=piece, piece_bytes=piece) == rows

    @settings(max_examples=40, deadline=None)
    @given(rows=ROWS, piece=st.integers(1, 60))
    def test_csv_with_other_characters(self, rows: list[tuple[Any, ...]], piece: int) -> None:
        data = written(batch_of(rows), KINDS, CopyCsv(delimiter=";", null="N", quote="'", escape="\\"))
        form = CopyFormat(CopyKind.CSV, delimiter=";", null="N", quote="'", escape="\\")
        assert read_lines(data, KINDS, form, block_bytes=piece, piece_bytes=piece) == rows

    @settings(max_examples=60, deadline=None)
    @given(rows=ROWS, piece=st.integers(1, 200))
    def test_binary(self, rows: list[tuple[Any, ...]], piece: int) -> None:
        data = written(batch_of(rows), KINDS, None)
        assert read_binary(data, KINDS, piece_bytes=piece) == rows

    @settings(max_examples=40, deadline=None)
    @given(texts=st.lists(st.text(st.sampled_from('a,"\\\n\t.'), max_size=5) | st.none(), max_size=8))
    @pytest.mark.parametrize("form", [TEXT, CSV], ids=["text", "csv"])
    def test_a_column_alone(self, form: CopyFormat, texts: list[str | None]) -> None:
        batch = pa.record_batch({"c0": pa.array(texts, pa.string())})
        data = written(batch, ["VARCHAR"], CopyCsv() if form is CSV else CopyText())
        assert read_lines(data, ["VARCHAR"], form) == [(text,) for text in texts]


class TestManyRowsInBinary:
    """So many that many walkers go through them at once."""

    @pytest.mark.parametrize("period", [0, 3, 7])
    def test_all_are_found(self, period: int) -> None:
        numbers = pa.array(range(60_000), pa.int64(), mask=np.arange(60_000) % 5 == 1)
        # Texts that look like the beginning of a row lead walkers astray.
        texts = pa.array(
            ["\x00\x02\x00\x00\x00\x08"[: period * (index % 2)].replace("\0", "x") for index in range(60_000)]
        )
        batch = pa.record_batch({"c0": numbers, "c1": texts})
        data = written(batch, ["BIGINT", "VARCHAR"], None)
        assert read_binary(data, ["BIGINT", "VARCHAR"], piece_bytes=1 << 19) == rows_of([batch])

    def test_values_that_look_like_rows(self) -> None:
        decoy = b"\x00\x02\x00\x00\x00\x08" * 3
        blobs = pa.array([decoy[: index % 19] for index in range(40_000)], pa.binary())
        batch = pa.record_batch({"c0": pa.array(range(40_000), pa.int64()), "c1": blobs})
        data = written(batch, ["BIGINT", "BLOB"], None)
        assert read_binary(data, ["BIGINT", "BLOB"]) == rows_of([batch])

    def test_a_row_that_is_none_is_named(self) -> None:
        batch = pa.record_batch({"c0": pa.array(range(30_000), pa.int64())})
        data = bytearray(written(batch, ["BIGINT"], None))
        data[19 + 14 * 20_000 + 1] = 3
        with pytest.raises(CopyDataError, match="row field count is 3, expected 1") as caught:
            read_binary(bytes(data), ["BIGINT"])
        assert caught.value.place == "line 20001"


class TestText:
    def test_escapes(self) -> None:
        data = rb"a\tb\nc\\d\x41\101\q" + b"\t\\N\n"
        assert read_lines(data, ["VARCHAR", "VARCHAR"], TEXT) == [("a\tb\nc\\dAAq", None)]

    def test_an_escaped_delimiter_and_an_escaped_end_of_line(self) -> None:
        assert read_lines(b"a\\\tb\\\nc\td\n", ["VARCHAR", "VARCHAR"], TEXT) == [("a\tb\nc", "d")]

    def test_a_backslash_at_the_end_of_a_field(self) -> None:
        assert read_lines(b"C:\\\\\tx\\\\\n", ["VARCHAR", "VARCHAR"], TEXT) == [("C:\\", "x\\")]

    def test_what_follows_the_end_marker_is_ignored(self) -> None:
        assert read_lines(b"1\n\\.\nx\n", ["BIGINT"], TEXT) == [(1,)]
        assert read_lines(b"1\n\\.\nx\n", ["BIGINT"], TEXT, block_bytes=3, piece_bytes=3) == [(1,)]

    def test_lines_may_end_in_other_ways_and_the_last_not_at_all(self) -> None:
        assert read_lines(b"1\t2\r\n3\t4", ["BIGINT", "BIGINT"], TEXT) == [(1, 2), (3, 4)]
        assert read_lines(b"1\t2\r3\t4\r", ["BIGINT", "BIGINT"], TEXT) == [(1, 2), (3, 4)]

    def test_an_empty_line_is_a_row_of_one_empty_text(self) -> None:
        assert read_lines(b"\na\n", ["VARCHAR"], TEXT) == [("",), ("a",)]

    def test_a_null_is_told_before_escapes_are_read(self) -> None:
        form = CopyFormat(null="nil")
        assert read_lines(b"nil\t\\nil\t\\N\n", ["VARCHAR"] * 3, form) == [(None, "\nil", "N")]

    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (b"1\n", ("22P04", 'missing data for column "n1"', 'line 1: "1"')),
            (b"1\t2\n1\t2\t3\n", ("22P04", "extra data after last expected column", 'line 2: "1\t2\t3"')),
            (b"1\t2\n\n", ("22P04", 'missing data for column "n1"', 'line 2: ""')),
            (b"1\t2\n1\tx\n", ("22P02", 'invalid input syntax for type bigint: "x"', 'line 2, column n1: "x"')),
            (b"1\t2\nx\t2\n1\n", ("22P02", 'invalid input syntax for type bigint: "x"', 'line 2, column n0: "x"')),
            (b"1\t2\n1\t2\r\n", ("22P04", "literal carriage return found in data", 'line 2: "1\t2"')),
            (b"1\t2\\.x\n", ("22P04", "end-of-copy marker corrupt", 'line 1: "1\t2"')),
            (b"1\t\0\n", ("22021", 'invalid byte sequence for encoding "UTF8": 0x00', "line 1")),
            (b"1\t\xff\n", ("22021", 'invalid byte sequence for encoding "UTF8": 0xff', "line 1")),
        ],
    )
    def test_errors_tell_the_line(self, data: bytes, found: tuple[str, str, str]) -> None:
        assert failure(data, ["BIGINT", "BIGINT"], TEXT) == found

    def test_errors_in_later_blocks_count_all_lines(self) -> None:
        with pytest.raises(CopyDataError) as caught:
            read_lines(b"1\n" * 5000 + b"x\n", ["BIGINT"], TEXT, block_bytes=100, piece_bytes=70)
        assert caught.value.place == 'line 5001, column n0: "x"'


class TestCsv:
    def test_quoted_fields_of_many_lines(self) -> None:
        data = b'1,"a\nb ""c"", d"\r\n2,"\r\n"\r\n'
        assert read_lines(data, ["BIGINT", "VARCHAR"]) == [(1, 'a\nb "c", d'), (2, "\r\n")]

    def test_an_empty_field_is_null_and_empty_quotes_are_not(self) -> None:
        assert read_lines(b',""\n', ["VARCHAR", "VARCHAR"]) == [(None, "")]

    def test_quotes_in_the_middle_of_a_field(self) -> None:
        assert read_lines(b'a"b,c"d,e\n', ["VARCHAR", "VARCHAR"]) == [("ab,cd", "e")]

    def test_an_escape_counts_only_inside_quotes(self) -> None:
        form = CopyFormat(CopyKind.CSV, delimiter=",", null="", escape="\\")
        assert read_lines(b'"a\\"b\\\\c\\d",e\\f\n', ["VARCHAR", "VARCHAR"], form) == [('a"b\\c\\d', "e\\f")]

    def test_the_end_marker_alone_on_a_line(self) -> None:
        assert read_lines(b'a\n"\\."\nb\\.\n\\.\nc\n', ["VARCHAR"]) == [("a",), ("\\.",), ("b\\.",)]

    def test_force_null_and_force_not_null(self) -> None:
        form = CopyFormat(CopyKind.CSV, delimiter=",", null="", force_null=("n0",), force_not_null=("n1",))
        assert read_lines(b'"",,\n', ["VARCHAR", "VARCHAR", "BIGINT"], form) == [(None, "", None)]

    def test_numbers_and_dates_in_quotes(self) -> None:
        assert read_lines(b'"1","2020-01-02"\n', ["INTEGER", "DATE"]) == [(1, dt.date(2020, 1, 2))]

    def test_words_for_booleans(self) -> None:
        data = b"t\nTrue\nyes\nON\n1\ny\nof\nno\n0\nfalse\n"
        assert [row[0] for row in read_lines(data, ["BOOLEAN"])] == [True] * 6 + [False] * 4

    def test_decimals_are_rounded_and_bounded(self) -> None:
        assert read_lines(b"1.005\n-2.345\n1e2\n", ["DECIMAL(5,2)"]) == [
            (Decimal("1.01"),),
            (Decimal("-2.35"),),
            (Decimal("100.00"),),
        ]
        assert failure(b"1000\n", ["DECIMAL(5,2)"]) == (
            "22003", "numeric field overflow", 'line 1, column n0: "1000"')  # fmt: skip

    def test_bytes(self) -> None:
        assert read_lines(b"\\xDEad\n\\x\n\n\\001a\n", ["BLOB"]) == [(b"\xde\xad",), (b"",), (None,), (b"\x01a",)]

    def test_arrays_become_lists_of_text(self) -> None:
        data = b'"{1,NULL,3}"\n{}\n'
        assert read_lines(data, ["INTEGER[]"]) == [(["1", None, "3"],), ([],)]

    def test_times_beside_what_only_text_can_hold(self) -> None:
        data = b"12:34:56.789,infinity\n"
        assert read_lines(data, ["TIME", "DATE"]) == [("12:34:56.789000", "infinity")]

    def test_dates_that_arrow_does_not_know(self) -> None:
        assert read_lines(b"infinity\n2020-01-01\n", ["DATE"]) == [("infinity",), ("2020-01-01",)]

    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (b'1,"x\n', ("22P04", "unterminated CSV quoted field", 'line 1: "1,"x\n"')),
            (b"1,a\rb\n", ("22P04", "unquoted newline found in data", 'line 2: "b"')),
            (b"1,a\n1,a\rb\n", ("22P04", "unquoted carriage return found in data", 'line 2: "1,a"')),
            (b"1\n", ("22P04", 'missing data for column "n1"', 'line 1: "1"')),
            (b'1,"a\nb"\nx,c\n', ("22P02", 'invalid input syntax for type bigint: "x"', 'line 3, column n0: "x"')),
            (b"1.5,a\n", ("22P02", 'invalid input syntax for type bigint: "1.5"', 'line 1, column n0: "1.5"')),
            (b'"",a\n', ("22P02", 'invalid input syntax for type bigint: ""', 'line 1, column n0: ""')),
        ],
    )
    def test_errors_tell_the_line(self, data: bytes, found: tuple[str, str, str]) -> None:
        assert failure(data, ["BIGINT", "VARCHAR"]) == found

    @pytest.mark.parametrize(
        ("name", "text", "sqlstate"),
        [
            ("TINYINT", "300", "22003"),
            ("UINTEGER", "-1", "22003"),
            ("FLOAT", "1e300", "22003"),
            ("DOUBLE", "1e400", "22003"),
            ("DATE", "2020-13-01", "22008"),
            ("TIMESTAMP", "yesterday or so", "22007"),
            ("UUID", "x", "22P02"),
            ("BIT", "012", "22P02"),
            ("BOOLEAN", "maybe", "22P02"),
            ("INTERVAL", "soon", "22007"),
            ("INTEGER[]", "{1", "22P02"),
            ("HUGEINT", "1x", "22P02"),
            ("BLOB", "\\x0", "22023"),
        ],
    )
    def test_values_that_do_not_read(self, name: str, text: str, sqlstate: str) -> None:
        found = failure(text.encode() + b"\n", [name])
        assert (found[0], found[2]) == (sqlstate, f'line 1, column n0: "{text}"')

    def test_infinities_of_floats(self) -> None:
        assert read_lines(b"Infinity\n-inf\n1.5\n", ["DOUBLE"]) == [(float("inf"),), (float("-inf"),), (1.5,)]


class TestHeader:
    @pytest.mark.parametrize(("form", "data"), [(CSV, b'n0,"n1"\n1,2\n'), (TEXT, b"n0\tn1\n1\t2\n")])
    def test_it_is_no_row(self, form: CopyFormat, data: bytes) -> None:
        with_header = CopyFormat(form.kind, form.delimiter, form.null, header=True, header_must_match=True)
        assert read_lines(data, ["BIGINT", "BIGINT"], with_header) == [(1, 2)]
        assert read_lines(data, ["BIGINT", "BIGINT"], with_header, block_bytes=1, piece_bytes=1) == [(1, 2)]

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (b"n0", "wrong number of fields in header line: got 1, expected 2"),
            (b"n0,x", 'column name mismatch in header line field 2: got "x", expected "n1"'),
            (b",n1", 'column name mismatch in header line field 1: got null value (""), expected "n0"'),
        ],
    )
    def test_its_names_may_have_to_match(self, line: bytes, words: str) -> None:
        form = CopyFormat(CopyKind.CSV, delimiter=",", null="", header=True, header_must_match=True)
        assert failure(line + b"\n1,2\n", ["BIGINT", "BIGINT"], form)[:2] == ("22P04", words)


class TestBinary:
    HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "signature not recognized"),
            (b"PGCOPY\n\xff\r\n\0" + bytes(4), "signature not recognized"),
            (b"1,2,3,4,5,6,7,8,9,0,1\n", "signature not recognized"),
            (HEAD + b"\0\2\0\0\0\1x", "row field count is 2, expected 1"),
            (HEAD + b"\0\1\0\0\0\x08abc", "unexpected EOF"),
            (HEAD + b"\0\1\xff\xff\xff\x01", "invalid field size"),
            (HEAD + b"\0\1\0\0\0\4abcd", "incorrect binary data format"),
            (HEAD + BINARY_TRAILER + b"more", "after EOF marker"),
            (b"PGCOPY\n\xff\r\n\0\0\1\0\0" + bytes(4), "critical flags"),
        ],
    )
    def test_what_is_no_copy_is_refused(self, data: bytes, words: str) -> None:
        with pytest.raises(CopyDataError, match=words):
            read_binary(data, ["BIGINT"])

    def test_a_header_with_an_extension_and_no_trailer(self) -> None:
        data = self.HEAD[:-4] + b"\0\0\0\3xyz" + b"\0\1\0\0\0\x08" + (7).to_bytes(8, "big")
        assert read_binary(data, ["BIGINT"]) == [(7,)]
        assert read_binary(data, ["BIGINT"], piece_bytes=1) == [(7,)]

    def test_narrow_types_are_checked(self) -> None:
        data = self.HEAD + b"\0\1\0\0\0\2\x01\x00" + BINARY_TRAILER
        with pytest.raises(CopyDataError, match='value "256" is out of range for type smallint') as caught:
            read_binary(data, ["TINYINT"])
        assert caught.value.place == "line 1, column n0"

    def test_text_has_to_be_text(self) -> None:
        with pytest.raises(CopyDataError, match="invalid byte sequence"):
            read_binary(self.HEAD + b"\0\1\0\0\0\1\xff", ["VARCHAR"])

"""Streams of COPY TO against those of PostgreSQL 15, for the same rows and options."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from workspaces.pgwire.values.copy_rows import BINARY_HEADER, CopyCsv, CopyEncoder, CopyText, copy_data
from workspaces.pgwire.values.types import postgres_type

ROWS = r"""
    SELECT * FROM (VALUES
        (1, 'plain', 1.5::DOUBLE, DATE '2020-01-01'),
        (2, E'tab\tnl\ncr\rbs\\b\b\f\x0b', NULL, NULL),
        (3, '', 'NaN', 'infinity'),
        (NULL, NULL, 1e20, '0044-03-15 (BC)'),
        (5, 'a,b;"q"|''x''', 0, NULL),
        (6, '\.', 0, NULL),
        (7, '\N', 0, NULL),
        (8, ' sp ', 0, NULL),
        (9, 'NULL', 0, NULL)) AS t(i, s, f, d)
"""
TYPES = [postgres_type(each) for each in ("INTEGER", "VARCHAR", "DOUBLE", "DATE")]


def read(query: str) -> pa.RecordBatch:
    with duckdb.connect() as connection:
        return connection.execute(query).to_arrow_reader(1_000_000).read_next_batch()


def stream(encoder: CopyEncoder, batch: pa.RecordBatch) -> bytes:
    body = b"".join(bytes(chunk.data) for chunk in encoder.rows(batch))
    return encoder.start(batch.schema.names) + body + encoder.end()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            CopyText(),
            (
                b"1\tplain\t1.5\t2020-01-01\n"
                b"2\ttab\\tnl\\ncr\\rbs\\\\b\\b\\f\\v\t\\N\t\\N\n"
                b"3\t\tNaN\tinfinity\n"
                b"\\N\t\\N\t1e+20\t0044-03-15 BC\n"
                b"5\ta,b;\"q\"|'x'\t0\t\\N\n"
                b"6\t\\\\.\t0\t\\N\n"
                b"7\t\\\\N\t0\t\\N\n"
                b"8\t sp \t0\t\\N\n"
                b"9\tNULL\t0\t\\N\n"
            ),
            id="format text",
        ),
        pytest.param(
            CopyText(delimiter="|", null="NULL"),
            (
                b"1|plain|1.5|2020-01-01\n"
                b"2|tab\\tnl\\ncr\\rbs\\\\b\\b\\f\\v|NULL|NULL\n"
                b"3||NaN|infinity\n"
                b"NULL|NULL|1e+20|0044-03-15 BC\n"
                b"5|a,b;\"q\"\\|'x'|0|NULL\n"
                b"6|\\\\.|0|NULL\n"
                b"7|\\\\N|0|NULL\n"
                b"8| sp |0|NULL\n"
                b"9|NULL|0|NULL\n"
            ),
            id="format text, delimiter '|', null 'NULL'",
        ),
        pytest.param(
            CopyText(delimiter=",", header=True),
            (
                b"i,s,f,d\n"
                b"1,plain,1.5,2020-01-01\n"
                b"2,tab\\tnl\\ncr\\rbs\\\\b\\b\\f\\v,\\N,\\N\n"
                b"3,,NaN,infinity\n"
                b"\\N,\\N,1e+20,0044-03-15 BC\n"
                b"5,a\\,b;\"q\"|'x',0,\\N\n"
                b"6,\\\\.,0,\\N\n"
                b"7,\\\\N,0,\\N\n"
                b"8, sp ,0,\\N\n"
                b"9,NULL,0,\\N\n"
            ),
            id="format text, delimiter ',', header true",
        ),
        pytest.param(
            CopyCsv(),
            (
                b"1,plain,1.5,2020-01-01\n"
                b'2,"tab\tnl\n'
                b'cr\rbs\\b\x08\x0c\x0b",,\n'
                b'3,"",NaN,infinity\n'
                b",,1e+20,0044-03-15 BC\n"
                b'5,"a,b;""q""|\'x\'",0,\n'
                b"6,\\.,0,\n"
                b"7,\\N,0,\n"
                b"8, sp ,0,\n"
                b"9,NULL,0,\n"
            ),
            id="format csv",
        ),
        pytest.param(
            CopyCsv(delimiter=";", quote="'", escape="\\", null="NULL", header=True),
            (
                b"i;s;f;d\n"
                b"1;plain;1.5;2020-01-01\n"
                b"2;'tab\tnl\n"
                b"cr\rbs\\\\b\x08\x0c\x0b';NULL;NULL\n"
                b"3;;NaN;infinity\n"
                b"NULL;NULL;1e+20;0044-03-15 BC\n"
                b"5;'a,b;\"q\"|\\'x\\'';0;NULL\n"
                b"6;\\.;0;NULL\n"
                b"7;\\N;0;NULL\n"
                b"8; sp ;0;NULL\n"
                b"9;'NULL';0;NULL\n"
            ),
            id="format csv, delimiter ';', quote '''', escape E'\\\\', null 'NULL', header true",
        ),
        pytest.param(
            CopyCsv(force_quote=frozenset({1, 2})),
            (
                b'1,"plain","1.5",2020-01-01\n'
                b'2,"tab\tnl\n'
                b'cr\rbs\\b\x08\x0c\x0b",,\n'
                b'3,"","NaN",infinity\n'
                b',,"1e+20",0044-03-15 BC\n'
                b'5,"a,b;""q""|\'x\'","0",\n'
                b'6,"\\.","0",\n'
                b'7,"\\N","0",\n'
                b'8," sp ","0",\n'
                b'9,"NULL","0",\n'
            ),
            id="format csv, force_quote (s, f)",
        ),
        pytest.param(
            None,
            (
                b"PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00"
                b"\x04\x00\x00\x00\x01\x00\x00\x00\x05plain\x00\x00\x00\x08?\xf8\x00\x00\x00\x00"
                b"\x00\x00\x00\x00\x00\x04\x00\x00\x1c\x89\x00\x04\x00\x00\x00\x04\x00\x00\x00\x02\x00\x00\x00\x11"
                b"tab\tnl\ncr\rbs\\b\x08\x0c\x0b\xff\xff\xff\xff\xff\xff\xff"
                b"\xff\x00\x04\x00\x00\x00\x04\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x08\x7f\xf8\x00\x00\x00"
                b"\x00\x00\x00\x00\x00\x00\x04\x7f\xff\xff\xff\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00"
                b"\x08D\x15\xaf\x1dx\xb5\x8c@\x00\x00\x00\x04\xff\xf4\x9d{\x00\x04\x00\x00\x00\x04\x00"
                b"\x00\x00\x05\x00\x00\x00\x0ba,b;\"q\"|'x'\x00\x00\x00\x08\x00\x00"
                b"\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x04\x00\x00\x00\x04\x00\x00\x00\x06\x00\x00\x00\x02"
                b"\\.\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x04\x00\x00\x00\x04"
                b"\x00\x00\x00\x07\x00\x00\x00\x02\\N\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"
                b"\xff\xff\x00\x04\x00\x00\x00\x04\x00\x00\x00\x08\x00\x00\x00\x04 sp \x00\x00\x00\x08"
                b"\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x04\x00\x00\x00\x04\x00\x00\x00\t\x00\x00"
                b"\x00\x04NULL\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"
            ),
            id="format binary",
        ),
    ],
)
def test_a_copy_is_what_postgresql_writes(options, expected):
    assert stream(CopyEncoder(TYPES, options), read(ROWS)) == expected


def test_a_lone_end_marker_and_the_empty_string_are_quoted_in_csv():
    batch = read(r"""SELECT * FROM (VALUES ('\.'), (''), (NULL), ('x')) AS t("a,""b")""")
    encoder = CopyEncoder([postgres_type("VARCHAR")], CopyCsv(header=True))
    assert stream(encoder, batch) == b'"a,""b"\n"\\."\n""\n\nx\n'


def payloads(messages: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(messages):
        length = int.from_bytes(messages[at + 1 : at + 5], "big")
        assert messages[at : at + 1] == b"d"
        found.append(messages[at + 5 : at + 1 + length])
        at += 1 + length
    return found


def test_each_row_is_a_message():
    batch = read("SELECT i, repeat('x', (i * 7919 % 300)::INTEGER) AS s FROM range(5000) AS t(i)")
    encoder = CopyEncoder([postgres_type("BIGINT"), postgres_type("VARCHAR")], CopyCsv())
    (lines,) = encoder.rows(batch)
    assert payloads(b"".join(copy_data(lines))) == bytes(lines.data).splitlines(keepends=True)


def test_the_header_of_the_binary_format_comes_with_the_first_row():
    batch = read("SELECT i FROM range(3) AS t(i)")
    encoder = CopyEncoder([postgres_type("BIGINT")], None)
    (rows,) = encoder.rows(batch)
    first, *others = payloads(b"".join(copy_data(rows, before_first=encoder.start(["i"]))))
    assert first == BINARY_HEADER + bytes(rows.data)[:14]
    assert others == [bytes(rows.data)[14:28], bytes(rows.data)[28:]]


def test_large_rows_and_one_row():
    batch = read("SELECT repeat('y', 200000) AS s FROM range(3)")
    (lines,) = CopyEncoder([postgres_type("VARCHAR")], CopyText()).rows(batch)
    assert [len(each) for each in payloads(b"".join(copy_data(lines)))] == [200_001] * 3
    (alone,) = CopyEncoder([postgres_type("VARCHAR")], CopyText()).rows(batch.slice(1, 1))
    assert len(payloads(b"".join(copy_data(alone, before_first=b"head")))) == 1

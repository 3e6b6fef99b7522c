"""Parameters in both formats: what the engine reads out of them, and the errors in PostgreSQL's words."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from tests.unit.workspaces.values.golden import GOLDEN
from workspaces.pgwire.values.errors import WireValueError
from workspaces.pgwire.values.parameters import Parameter, decode_parameter
from workspaces.pgwire.values.types import BY_OID


def text(value: str, oid: int) -> Parameter:
    return decode_parameter(value.encode(), oid=oid, format_code=0)


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/Prague'")
        yield connection


#: PostgreSQL has no nanoseconds to give back, and DuckDB's Python client binds a NaN in a list as NULL.
BOUND = [row for row in GOLDEN if not row[0].startswith(("TIMESTAMP_NS", "TIME_NS")) and "'nan', " not in row[1]]
#: Text that is no array, or none with the same number of elements everywhere.
MALFORMED = ("", "1", "{1", "1}", "{1,}", "{,1}", "{1}}", "{{1},2}", "{{1},{2,3}}", "{1}{2}", '{"1"2}', "{,}")


@pytest.mark.parametrize("format_code", [0, 1])
@pytest.mark.parametrize(("duckdb_type", "literal", "oid", "as_text", "as_binary"), BOUND)
def test_what_postgresql_sends_reads_back_as_the_value(
    engine, duckdb_type, literal, oid, as_text, as_binary, format_code
):
    data = bytes.fromhex(as_binary) if format_code else as_text.encode()
    parameter = decode_parameter(data, oid=oid, format_code=format_code)
    # There is no cast between decimals and BIGNUM.
    compared = "VARCHAR" if duckdb_type == "BIGNUM" else duckdb_type
    found, same = engine.execute(
        f"SELECT v::VARCHAR, (v::{compared} IS NOT DISTINCT FROM ({literal})::{duckdb_type}::{compared})"
        f" FROM (SELECT ?::{parameter.type} AS v)",
        [parameter.value],
    ).fetchone()
    assert same, f"{found} from {parameter}"


@pytest.mark.parametrize("spelling", ["t", "true", "TRUE", " yes ", "y", "on", "1", "tr"])
def test_true_has_many_spellings(spelling):
    assert text(spelling, 16).value is True


@pytest.mark.parametrize("spelling", ["f", "false", "no", "n", "off", "of", "0", "FALSE "])
def test_false_has_many_spellings(spelling):
    assert text(spelling, 16).value is False


@pytest.mark.parametrize(
    ("value", "oid", "sqlstate", "message"),
    [
        ("o", 16, "22P02", 'invalid input syntax for type boolean: "o"'),
        ("", 16, "22P02", 'invalid input syntax for type boolean: ""'),
        ("1x", 23, "22P02", 'invalid input syntax for type integer: "1x"'),
        ("1.0", 21, "22P02", 'invalid input syntax for type smallint: "1.0"'),
        ("٣", 23, "22P02", 'invalid input syntax for type integer: "٣"'),
        ("2147483648", 23, "22003", 'value "2147483648" is out of range for type integer'),
        ("9" * 5000, 20, "22003", f'value "{"9" * 5000}" is out of range for type bigint'),
        ("-1", 26, "22003", 'value "-1" is out of range for type oid'),
        ("1e400", 701, "22003", '"1e400" is out of range for type double precision'),
        ("1e39", 700, "22003", '"1e39" is out of range for type real'),
        ("1e-400", 701, "22003", '"1e-400" is out of range for type double precision'),
        ("1_000", 701, "22P02", 'invalid input syntax for type double precision: "1_000"'),
        ("NaN", 1700, "22P02", 'invalid input syntax for type numeric: "NaN"'),
        ("1e999999999", 1700, "22003", "value overflows numeric format"),
        ("1,5", 1700, "22P02", 'invalid input syntax for type numeric: "1,5"'),
        ("2024-02-30", 1082, "22008", 'date/time field value out of range: "2024-02-30"'),
        ("2023-13-01", 1114, "22008", 'date/time field value out of range: "2023-13-01"'),
        ("yesterdayish", 1082, "22007", 'invalid input syntax for type date: "yesterdayish"'),
        ("24:00:01", 1083, "22008", 'date/time field value out of range: "24:00:01"'),
        ("2024-01-01 00:00 Mars/Olympus", 1184, "22023", 'time zone "Mars/Olympus" not recognized'),
        ("1 fortnight", 1186, "22007", 'invalid input syntax for type interval: "1 fortnight"'),
        ("", 1186, "22007", 'invalid input syntax for type interval: ""'),
        ("not-a-uuid", 2950, "22P02", 'invalid input syntax for type uuid: "not-a-uuid"'),
        ("012", 1562, "22P02", '"2" is not a valid binary digit'),
        ("\\xabc", 17, "22023", "invalid hexadecimal data: odd number of digits"),
        ("\\xzz", 17, "22023", 'invalid hexadecimal digit: "z"'),
        ("\\9", 17, "22P02", "invalid input syntax for type bytea"),
        ("(1,2)", 2249, "0A000", "input of type record is not supported"),
        ("a\0b", 25, "22021", 'invalid byte sequence for encoding "UTF8": 0x00'),
        *[
            (literal, 1007, "22P02", f'malformed array literal: "{literal}"')
            for literal in (
                "",
                "1",
                "{1",
                "1}",
                "{1,}",
                "{,1}",
                "{1}}",
                "{{1},2}",
                "{{1},{2,3}}",
                "{1}{2}",
                '{"1"2}',
                "{,}",
            )
        ],
        ("{1,x}", 1007, "22P02", 'invalid input syntax for type integer: "x"'),
        ("{" * 7 + "}" * 7, 1007, "54000", "number of array dimensions exceeds 6"),
    ],
)
def test_what_does_not_read_says_so_in_postgresqls_words(value, oid, sqlstate, message):
    with pytest.raises(WireValueError) as raised:
        text(value, oid)
    assert (raised.value.sqlstate, raised.value.message) == (sqlstate, message)


@pytest.mark.parametrize(
    ("data", "oid"),
    [
        (b"", 23),
        (b"\0\0\0", 23),
        (b"\0" * 8, 23),
        (b"\0" * 9, 1114),
        (b"\0" * 15, 2950),
        (b"\0\1\0\0\0\0\0\0", 1700),
        (b"\0\1\0\0\0\0\0\0\x27\x10", 1700),
        (b"\0\1\0\0\x12\x34\0\0\0\1", 1700),
        (b"\0\0\0\x09\xff", 1562),
        (b"\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\1", 1007),
        (b"\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0\1", 1007),
        (b"\0\0\0\1\0\0\0\0\0\0\0\x17\x7f\xff\xff\xff\0\0\0\1", 1007),
        (b"\0\0\0\7", 1007),
        (b"", 1007),
        (b"\2{}", 3802),
    ],
)
def test_broken_binary_is_refused(data, oid):
    with pytest.raises(WireValueError) as raised:
        decode_parameter(data, oid=oid, format_code=1)
    assert raised.value.sqlstate == "22P03"


@pytest.mark.parametrize("oid", sorted(set(BY_OID) - {2249, 2287, 2278}))
def test_null_has_every_type(oid):
    assert decode_parameter(None, oid=oid, format_code=1).value is None


@pytest.mark.parametrize(
    ("literal", "type_name", "values"),
    [
        ("{}", "VARCHAR[]", []),
        ('{a,NULL,null,"NULL",""}', "VARCHAR[]", ["a", None, None, "NULL", ""]),
        (' { "a b" , c d , "q\\"q" , b\\\\s } ', "VARCHAR[]", ["a b", "c d", 'q"q', "b\\s"]),
        ("[0:1]={x,y}", "VARCHAR[]", ["x", "y"]),
        ("{{a,b},{c,NULL}}", "VARCHAR[][]", [["a", "b"], ["c", None]]),
    ],
)
def test_array_literals_are_taken_apart(literal, type_name, values):
    assert text(literal, 1009) == Parameter(type_name, values)


def test_a_numeric_has_the_type_that_holds_it():
    assert text("12.50", 1700) == Parameter("DECIMAL(4,2)", Decimal("12.50"))
    assert text("1e3", 1700) == Parameter("DECIMAL(4,0)", Decimal(1000))
    assert text("0.001", 1700).type == "DECIMAL(3,3)"
    assert text("9" * 39, 1700) == Parameter("BIGNUM", "9" * 39)
    assert text("{1,2.25,NULL,100}", 1231) == Parameter(
        "DECIMAL(5,2)[]", [Decimal("1.00"), Decimal("2.25"), None, Decimal("100.00")]
    )


@pytest.mark.parametrize(
    ("value", "oid", "found"),
    [
        ("2024-03-01T10:20:30.1234567Z", 1184, "2024-03-01 10:20:30.123457+00"),
        ("2024-03-01 10:20+05:30", 1184, "2024-03-01 04:50:00.000000+00"),
        ("2024-07-01 10:20 Europe/Prague", 1184, "2024-07-01 08:20:00.000000+00"),
        ("2024-07-01 10:20", 1184, "2024-07-01 10:20:00.000000"),
        ("2024-03-01 10:20:30+05", 1114, "2024-03-01 10:20:30.000000"),
        ("20240301", 1082, "2024-03-01"),
        ("3/1/2024", 1082, "2024-03-01"),
        ("2024-03-01 23:59", 1082, "2024-03-01"),
        ("2024-03-01 +00", 1082, "2024-03-01"),
        ("2024-03-01 +02", 1184, "2024-02-29 22:00:00.000000+00"),
        ("0044-03-15 BC", 1082, "0044-03-15 (BC)"),
        ("1999-12-31 24:00:00", 1114, "2000-01-01 00:00:00.000000"),
        ("1:05 pm", 1083, "13:05:00.000000"),
        ("-infinity", 1114, "-infinity"),
        ("epoch", 1114, "1970-01-01 00:00:00.000000"),
        ("1 year 2 mons -3 days +04:05:06.789", 1186, "14 months -3 days 14706789000 microseconds"),
        ("@ 1 hour 30 mins ago", 1186, "0 months 0 days -5400000000 microseconds"),
        ("P1Y2M3DT4H5M6.5S", 1186, "14 months 3 days 14706500000 microseconds"),
        ("1.5 days", 1186, "0 months 1 days 43200000000 microseconds"),
        ("1-2 3 -4:00:00", 1186, "14 months 3 days -14400000000 microseconds"),
        ("5", 1186, "0 months 0 days 5000000 microseconds"),
        ("{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}", 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("x1F", 1562, "00011111"),
    ],
)
def test_other_spellings_read_as_postgresql_reads_them(value, oid, found):
    assert text(value, oid).value == found


def test_an_unknown_type_is_text():
    assert decode_parameter("žluť".encode(), oid=0, format_code=0) == Parameter("VARCHAR", "žluť")
    assert decode_parameter("žluť".encode(), oid=705, format_code=1) == Parameter("VARCHAR", "žluť")

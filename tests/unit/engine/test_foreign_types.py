from __future__ import annotations

import pytest

from storage.engine.foreign_types import described_default, described_type
from storage.errors import InvalidColumn


@pytest.mark.parametrize(
    ("name", "length", "described"),
    [
        ("", "", ("VARCHAR", None)),
        ("string", " 10 ", ("VARCHAR", 10)),
        ("VARCHAR(20)", "10", ("VARCHAR", 20)),
        ("character  varying", "", ("VARCHAR", None)),
        ("NUMERIC", "", ("DECIMAL(18,3)", None)),
        ("BIGNUMERIC", "", ("DECIMAL(38,9)", None)),
        ("number", "38, 0", ("HUGEINT", None)),
        ("NUMBER(10,2)", "", ("DECIMAL(10,2)", None)),
        ("DECIMAL", "5", ("DECIMAL(5,0)", None)),
        ("FLOAT", "", ("DOUBLE", None)),
        ("REAL", "", ("FLOAT", None)),
        ("INTEGER", "11", ("INTEGER", None)),
        ("TIMESTAMP", "6", ("TIMESTAMP", None)),
        ("timestamp_tz", "", ("TIMESTAMP WITH TIME ZONE", None)),
        ("JSON", "", ("JSON", None)),
        ("VARCHAR(3)[]", "", ("VARCHAR[]", None)),
        ("MAP(VARCHAR, STRUCT(a INT))", "", ("MAP(VARCHAR, STRUCT(a INTEGER))", None)),
    ],
)
def test_a_type_of_a_host_is_one_of_ours(name: str, length: str, described: tuple[str, int | None]) -> None:
    assert described_type(name, length) == described


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("VARCHAR", "0"),
        ("VARCHAR", "-1"),
        ("VARCHAR", "ten"),
        ("VARCHAR", "3) CHECK (1=1"),
        ("VARCHAR", "٣"),
        ("VARCHAR", "9" * 5000),
        ("DECIMAL", "39,2"),
        ("DECIMAL", "2,5"),
        ("DECIMAL", "1,2,3"),
        ("DECIMAL", "1); DROP TABLE data; --"),
        ("INTEGER; DROP TABLE data", ""),
        ("INTEGER DEFAULT 1", ""),
        ('"data"', ""),
        ("GEOGRAPHY", ""),
        ("x" * 200_000, ""),
    ],
)
def test_what_is_no_type_is_refused(name: str, length: str) -> None:
    with pytest.raises(InvalidColumn):
        described_type(name, length)


@pytest.mark.parametrize(
    ("default", "type_text", "described"),
    [
        ("", "INTEGER", None),
        ("null", "INTEGER", None),
        ("7", "INTEGER", "7"),
        ("-1.5e3", "DOUBLE", "-1.5e3"),
        ("007", "VARCHAR", "'007'"),
        ("true", "BOOLEAN", "true"),
        ("'it''s'", "VARCHAR", "'it''s'"),
        ("it's", "VARCHAR", "'it''s'"),
        (" ", "VARCHAR", "' '"),
        ("current_timestamp", "TIMESTAMP", "current_timestamp"),
        ("CAST('1' AS INTEGER)", "INTEGER", "CAST('1' AS INTEGER)"),
        ("'1'::INTEGER", "INTEGER", "'1'::INTEGER"),
        ("uuid()", "VARCHAR", "'uuid()'"),
        ("1); DROP TABLE data; --", "VARCHAR", "'1); DROP TABLE data; --'"),
        ("'a' || 'b'", "VARCHAR", "'''a'' || ''b'''"),
        ("getenv('HOME')", "VARCHAR", "'getenv(''HOME'')'"),
    ],
)
def test_only_constants_are_sql(default: str, type_text: str, described: str | None) -> None:
    assert described_default(default, type_text) == described

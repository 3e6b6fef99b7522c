"""Round trips: what psycopg's own loaders make of our bytes, and what we make of the bytes of its dumpers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.pq import Format

from workspaces.pgwire.values.arrow_bytes import from_matrix
from workspaces.pgwire.values.encode import Style, binary_column, encode_column, text_column
from workspaces.pgwire.values.parameters import decode_parameter
from workspaces.pgwire.values.types import BY_OID, postgres_type

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59))
DECIMALS = st.integers(-(10**38) + 1, 10**38 - 1)
#: DuckDB type, its Arrow type and values of it.
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "BOOLEAN": (pa.bool_(), st.booleans()),
    "SMALLINT": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "INTEGER": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "BIGINT": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "UBIGINT": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "FLOAT": (pa.float32(), st.floats(width=32, allow_nan=False)),
    "DOUBLE": (pa.float64(), st.floats(allow_nan=False)),
    "DECIMAL(38,0)": (pa.decimal128(38, 0), DECIMALS.map(Decimal)),
    "DECIMAL(38,11)": (pa.decimal128(38, 11), DECIMALS.map(lambda number: Decimal(f"{number}E-11"))),
    "DECIMAL(38,38)": (pa.decimal128(38, 38), DECIMALS.map(lambda number: Decimal(f"{number}E-38"))),
    "DECIMAL(9,2)": (pa.decimal128(9, 2), st.decimals(-9999999, 9999999, places=2)),
    "VARCHAR": (pa.string(), TEXT),
    "BLOB": (pa.binary(), st.binary()),
    "DATE": (pa.date32(), st.dates(date(1, 1, 1))),
    "TIME": (pa.time64("us"), st.times()),
    "TIMESTAMP": (pa.timestamp("us"), MOMENTS),
    "TIMESTAMP WITH TIME ZONE": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    "UUID": (pa.binary(16), st.uuids()),
}
LISTS = {f"{kind}[]": (pa.list_(arrow), st.lists(st.none() | values)) for kind, (arrow, values) in KINDS.items()}
ALL = KINDS | LISTS


def stored(value: Any) -> Any:
    """What pyarrow takes for a value."""
    if isinstance(value, list):
        return [stored(each) for each in value]
    return value.bytes if isinstance(value, UUID) else value


def loaded(cell: bytes | None, oid: int, format_code: Format) -> Any:
    if cell is None:
        return None
    loader = psycopg.adapters.get_loader(oid, format_code)
    assert loader is not None
    return loader(oid).load(cell)


@pytest.mark.parametrize("kind", sorted(ALL))
@pytest.mark.parametrize("format_code", [Format.TEXT, Format.BINARY])
@settings(max_examples=10, deadline=None, database=None)
@given(data=st.data())
def test_psycopg_reads_back_what_was_encoded(kind, format_code, data):
    arrow_type, strategy = ALL[kind]
    values = data.draw(st.lists(st.none() | strategy, max_size=8))
    array = pa.array([stored(value) for value in values], arrow_type)
    wanted = postgres_type(kind)
    column = encode_column(array, wanted, int(format_code), Style())
    cells = (column if isinstance(column, pa.Array) else from_matrix(column)).to_pylist()
    shown = [loaded(cell, wanted.oid, format_code) for cell in cells]
    if kind.startswith("FLOAT"):
        # The shortest digits of a float4 are those of no other float4, but may be of another float8.
        assert pa.array(shown, arrow_type) == array
    else:
        assert shown == values
    if isinstance(column, pa.Array):
        assert [cell is None for cell in cells] == [value is None for value in values]


PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "BOOLEAN": st.booleans(),
    "SMALLINT": st.integers(-(2**15), 2**15 - 1),
    "INTEGER": st.integers(2**15, 2**31 - 1),
    "BIGINT": st.integers(2**31, 2**63 - 1),
    "DOUBLE": st.floats(allow_nan=False),
    "VARCHAR": TEXT,
    "UUID": st.uuids(),
    "DECIMAL": st.decimals(allow_nan=False, allow_infinity=False, places=6).filter(lambda each: abs(each) < 10**30),
}


def dumped(value: Any, format_code: Format) -> tuple[bytes, int]:
    dumper_type = psycopg.adapters.get_dumper(type(value), psycopg.adapt.PyFormat.from_pq(format_code))
    dumper = dumper_type(type(value))
    dumper = dumper.upgrade(value, psycopg.adapt.PyFormat.from_pq(format_code))
    cell = dumper.dump(value)
    assert cell is not None
    return bytes(cell), dumper.oid


@pytest.mark.parametrize("kind", sorted(PARAMETERS))
@pytest.mark.parametrize("format_code", [Format.TEXT, Format.BINARY])
@settings(max_examples=10, deadline=None, database=None)
@given(data=st.data())
def test_parameters_that_psycopg_sends_are_read_as_they_were(kind, format_code, data):
    value = data.draw(PARAMETERS[kind])
    cell, oid = dumped(value, format_code)
    found = decode_parameter(cell, oid=oid, format_code=int(format_code))
    assert found.value == (str(value) if isinstance(value, UUID) else value)


@settings(max_examples=40, deadline=None, database=None)
@given(values=st.lists(TEXT | st.none()), format_code=st.sampled_from([Format.TEXT, Format.BINARY]))
def test_lists_of_any_text_survive_both_ways(values, format_code):
    wanted = BY_OID[1015]
    encode = binary_column if format_code == Format.BINARY else text_column
    (cell,) = encode(pa.array([values], pa.list_(pa.string())), wanted, Style()).to_pylist()
    assert decode_parameter(cell, oid=1015, format_code=int(format_code)).value == values


@settings(max_examples=40, deadline=None, database=None)
@given(
    months=st.integers(-(10**6), 10**6),
    days=st.integers(-(10**6), 10**6),
    microseconds=st.integers(-(9 * 10**15), 9 * 10**15),
    style=st.sampled_from(["postgres", "iso_8601"]),
)
def test_intervals_survive_both_styles(months, days, microseconds, style):
    array = pa.array([(months, days, microseconds * 1000)], pa.month_day_nano_interval())
    (cell,) = text_column(array, postgres_type("INTERVAL"), Style(interval_style=style)).to_pylist()
    found = decode_parameter(cell, oid=1186, format_code=0).value
    assert found == f"{months} months {days} days {microseconds} microseconds"


@settings(max_examples=40, deadline=None, database=None)
@given(
    moment=MOMENTS.filter(lambda each: 2 < each.year < 9999),
    zone=st.sampled_from(["Europe/Prague", "America/St_Johns", "Asia/Kathmandu"]),
)
def test_an_instant_survives_its_local_time(moment, zone):
    array = pa.array([moment.replace(tzinfo=UTC)], pa.timestamp("us", "UTC"))
    (cell,) = text_column(array, postgres_type("TIMESTAMP WITH TIME ZONE"), Style(time_zone=zone)).to_pylist()
    found = decode_parameter(cell, oid=1184, format_code=0).value
    assert found == moment.strftime(f"{moment.year:04d}-%m-%d %H:%M:%S.%f+00")

"""Frames of Arrow, pandas and Polars out of tables and into them."""

from __future__ import annotations

import asyncio
import datetime
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

from keboola_duckdb import Client, ConfigurationError
from keboola_duckdb.arrow_columns import columns_of_schema
from tests.cast import Person
from tests.sdk.cast import async_client_of, client_of, is_untouched

BUCKET = "in.c-sales"
MOMENT = datetime.datetime(2026, 1, 31, 10, 20, 30, 123456)
FRAME = pyarrow.table(
    {
        "id": pyarrow.array([1, 2, 3], pyarrow.int32()),
        "amount": pyarrow.array([Decimal("10.50"), None, Decimal("-0.01")], pyarrow.decimal128(10, 2)),
        "note": ["first", "", None],
        "day": pyarrow.array([MOMENT.date(), None, MOMENT.date()]),
        "moment": pyarrow.array([MOMENT, None, MOMENT], pyarrow.timestamp("us")),
        "zoned": pyarrow.array([MOMENT, None, MOMENT], pyarrow.timestamp("us", "UTC")),
        "ratio": [0.5, None, 1e300],
        "flag": [True, None, False],
        "raw": [b"\x00\xff", None, b""],
        "parts": pyarrow.array([[1, 2], None, []], pyarrow.list_(pyarrow.int64())),
        "place": pyarrow.array(
            [{"x": 1, "y": "a"}, None, {"x": None, "y": "b"}],
            pyarrow.struct([("x", pyarrow.int64()), ("y", pyarrow.string())]),
        ),
    }
)


@pytest.fixture
def kb(alice: Person, bucket: str) -> Iterator[Client]:
    with client_of(alice) as client:
        yield client


def test_what_an_arrow_table_holds_comes_back_the_same(kb, alice):
    made = kb.tables.from_frame(alice.project_id, BUCKET, "all", FRAME, primary_key=["id"])
    assert (made.row_count, made.primary_key) == (3, ["id"])
    found = kb.tables.to_arrow(alice.project_id, BUCKET, "all", order_by=["id"])
    assert found.to_pylist() == FRAME.to_pylist()
    assert found.schema.field("amount").type == pyarrow.decimal128(10, 2)
    assert is_untouched(alice)


def test_pandas_and_polars_get_the_same_rows(kb, alice):
    kb.tables.from_frame(alice.project_id, BUCKET, "all", FRAME)
    asked = {"columns": ["note", "id"], "where": "id < 3", "order_by": ["id"]}
    as_pandas = kb.tables.to_pandas(alice.project_id, BUCKET, "all", **asked)
    as_polars = kb.tables.to_polars(alice.project_id, BUCKET, "all", **asked)
    assert isinstance(as_pandas, pandas.DataFrame)
    assert isinstance(as_polars, polars.DataFrame)
    expected = [{"note": "first", "id": 1}, {"note": "", "id": 2}]
    assert as_pandas.to_dict("records") == as_polars.to_dicts() == expected


@pytest.mark.parametrize("kind", ["pandas", "polars", "batches", "batch"])
def test_any_frame_becomes_a_table(kb, alice, kind):
    small = FRAME.select(["id", "note", "ratio"])
    frames = {
        "pandas": small.to_pandas(),
        "polars": polars.from_arrow(small),
        "batches": pyarrow.RecordBatchReader.from_batches(small.schema, small.to_batches()),
        "batch": small.to_batches()[0],
    }
    assert kb.tables.from_frame(alice.project_id, BUCKET, kind, frames[kind]).row_count == 3
    found = kb.tables.to_arrow(alice.project_id, BUCKET, kind, order_by=["id"])
    assert found.column("note").to_pylist() == ["first", "", None]


def test_a_frame_is_added_to_a_table_by_its_key(kb, alice):
    kb.tables.from_frame(
        alice.project_id, BUCKET, "t", pyarrow.table({"id": [1, 2], "n": ["a", "b"]}), primary_key=["id"]
    )
    more = pyarrow.table({"id": [2, 3], "n": ["new", "c"]})
    assert kb.tables.from_frame(alice.project_id, BUCKET, "t", more, incremental=True).row_count == 3


def test_a_parquet_file_brings_its_columns(kb, alice, tmp_path):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(FRAME, path)
    assert kb.tables.upload(alice.project_id, BUCKET, "by_path", path).row_count == 3
    with path.open("rb") as file:
        assert kb.tables.upload(alice.project_id, BUCKET, "by_file", file).row_count == 3
    with pytest.raises(ConfigurationError, match="columns"):
        kb.tables.upload(alice.project_id, BUCKET, "by_pieces", iter([path.read_bytes()]))
    types = [column.type for column in kb.tables.get(alice.project_id, BUCKET, "by_path").columns]
    assert types == [kind.replace('"', "") for kind in columns_of_schema(FRAME.schema).values()]


def test_frames_can_be_awaited(kb, alice):
    async def there_and_back() -> int:
        async with async_client_of(alice) as client:
            await client.tables.from_frame(alice.project_id, BUCKET, "t", FRAME)
            return int((await client.tables.to_arrow(alice.project_id, BUCKET, "t")).num_rows)

    assert asyncio.run(there_and_back()) == 3


def test_a_missing_package_is_named_with_its_extra():
    program = """
import sys
sys.modules.update(dict.fromkeys(("pyarrow", "pandas", "polars")))
from keboola_duckdb import Client, ConfigurationError
kb = Client("http://127.0.0.1:1")
for name in ("arrow", "pandas", "polars"):
    try:
        getattr(kb.tables, f"to_{name}")("p", "b", "t")
    except ConfigurationError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_sdk_only())
    assert [line.rpartition(": ")[2] for line in done.stdout.splitlines()] == [
        f"pip install 'keboola-duckdb-sdk[{extra}]'" for extra in ("arrow", "pandas", "polars")
    ]


def test_what_no_table_can_hold_is_named():
    schema = pyarrow.schema([("wide", pyarrow.decimal256(50, 2))])
    with pytest.raises(ConfigurationError, match="wide"):
        columns_of_schema(schema)


def test_what_is_no_frame_is_refused(kb, alice):
    with pytest.raises(ConfigurationError, match="dict"):
        kb.tables.from_frame(alice.project_id, BUCKET, "t", {"id": [1]})


def _sdk_only() -> dict[str, str]:
    from tests.live_server import ROOT

    return {"PYTHONPATH": str(ROOT / "sdk" / "src")}

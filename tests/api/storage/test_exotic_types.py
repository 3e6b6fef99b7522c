"""Values of every kind of type survive import, snapshot, restore, branch, export to Parquet and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.api.storage.test_snapshots import restore, take
from tests.cast import TABLE, TABLES, Person

#: type -> two values of it as SQL; a row of NULLs comes on top.
TYPES = {
    "BOOLEAN": ("true", "false"),
    "UBIGINT": ("18446744073709551615", "0"),
    "HUGEINT": ("170141183460469231731687303715884105727", "-170141183460469231731687303715884105727"),
    "UHUGEINT": ("340282366920938463463374607431768211455", "0"),
    "DECIMAL(38,10)": ("1234567890123456789012345678.0123456789", "-0.0000000001"),
    "DECIMAL(4,1)": ("999.9", "-999.9"),
    "DOUBLE": ("'nan'::DOUBLE", "'-infinity'::DOUBLE"),
    "FLOAT": ("0.1::FLOAT", "-0.0::FLOAT"),
    "DATE": ("DATE '0001-01-01'", "DATE '9999-12-31'"),
    "TIME": ("TIME '23:59:59.999999'", "TIME '00:00:00'"),
    "TIMESTAMP": ("TIMESTAMP '1969-12-31 23:59:59.000001'", "TIMESTAMP '2262-01-01 00:00:00'"),
    "TIMESTAMP_NS": ("'2025-01-31 12:00:00.123456789'::TIMESTAMP_NS", "'1970-01-01'::TIMESTAMP_NS"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMPTZ '2025-03-30 02:30:00+02'", "TIMESTAMPTZ '1900-01-01 00:00:00+00'"),
    "TIME WITH TIME ZONE": ("TIMETZ '12:00:00+05:30'", "TIMETZ '00:00:00-08'"),
    "HUGEINT[]": ("[170141183460469231731687303715884105727, NULL]", "[]"),
    "MAP(INTEGER, INTERVAL)": ("MAP {1: INTERVAL '-1.000001 seconds'}", "MAP {}"),
    "BIGNUM": ("'123456789012345678901234567890123456789012345678901'::BIGNUM", "'-1'::BIGNUM"),
    "UUID": ("'00000000-0000-0000-0000-000000000000'::UUID", "'ffffffff-ffff-4fff-bfff-ffffffffffff'::UUID"),
    "BLOB": (r"'\x00\xFF'::BLOB", "''::BLOB"),
    "BIT": ("'0101010101'::BIT", "'1'::BIT"),
    "INTERVAL": ("INTERVAL '1 month 2 days 3.5 seconds'", "INTERVAL '-1 day'"),
    "JSON": ("""'{"a": [1, null, "é"]}'::JSON""", "'null'::JSON"),
    "ENUM('a', 'it''s', 'c,d')": ("'it''s'", "'c,d'"),
    "INTEGER[]": ("[1, NULL, 3]", "[]"),
    "VARCHAR[][]": ("[['a', ''], [NULL]]", "[[]]"),
    "INTEGER[3]": ("[1, 2, 3]", "[4, NULL, 6]"),
    'STRUCT(a INTEGER, "b c" VARCHAR[])': ("{'a': 1, 'b c': ['x', NULL]}", "{'a': NULL, 'b c': NULL}"),
    "MAP(VARCHAR, INTEGER)": ("MAP {'a': 1, 'b': NULL}", "MAP {}"),
    "UNION(num INTEGER, str VARCHAR)": ("union_value(num := 1)", "union_value(str := 'x')"),
    "VARCHAR": (r"'🐎, \"q\" line' || chr(10) || 'break'", "''"),
}
#: Parquet has no exact type for these; text converts.
INEXACT = ("HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE", "HUGEINT[]", "MAP(INTEGER, INTERVAL)")
NAMES = [f"c{number}" for number in range(len(TYPES))]
SALES = {"bucket": "in.c-sales"}
Rows = list[tuple[Any, ...]]


def select_text(source: str) -> str:
    """All values as DuckDB spells them, and their types: what equal tables have in common."""
    columns = ", ".join(f"{name}::VARCHAR, typeof({name})" for name in NAMES)
    return f"SELECT id, {columns} FROM {source} ORDER BY id"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Rows]:
    """A Parquet file of all types, and what its table looks like in DuckDB itself."""
    path = tmp_path_factory.mktemp("exotic") / "all.parquet"
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, TYPES, strict=True))
        connection.execute(f"CREATE TABLE data (id INTEGER, {columns})")
        for number in (0, 1):
            values = ", ".join(pair[number] for pair in TYPES.values())
            connection.execute(f"INSERT INTO data VALUES ({number}, {values})")
        connection.execute("INSERT INTO data (id) VALUES (2)")
        texts = ", ".join(
            f"{name}::VARCHAR AS {name}" for name, kind in zip(NAMES, TYPES, strict=True) if kind in INEXACT
        )
        connection.execute(f"COPY (SELECT * REPLACE ({texts}) FROM data) TO '{path}' (FORMAT parquet)")
        return path.read_bytes(), connection.sql(select_text("data")).fetchall()


def make(person: Person, name: str) -> None:
    columns = [{"name": column, "type": kind} for column, kind in zip(NAMES, TYPES, strict=True)]
    body = {"name": name, "columns": [{"name": "id", "type": "INTEGER"}, *columns]}
    reply = person.post(TABLES, **SALES, json=body)
    assert reply.status_code == 201, reply.text


def content(person: Person, name: str) -> Rows:
    """What the table's own file holds."""
    project = f"project_{person.project_id}" + ("" if person.branch_id == "default" else f"_branch_{person.branch_id}")
    path = person.server.data_dir / "duckdb" / project / "in.c-sales" / f"{name}.duckdb"
    with duckdb.connect(str(Path(path).resolve()), read_only=True) as connection:
        return connection.sql(select_text("main.data")).fetchall()


def load(person: Person, name: str, data: bytes) -> None:
    reply = person.load(data, name, format="parquet")
    assert reply.status_code == 200, reply.text


def exported(person: Person, name: str, **options: Any) -> bytes:
    reply = person.post(TABLE + "/export", **SALES, table=name, json={"format": "parquet"} | options)
    assert reply.status_code == 200, reply.text
    return person.get("/projects/{p}/files/{file}/download", file=reply.json()["file_id"]).content


@pytest.mark.usefixtures("bucket")
def test_through_snapshot_branch_and_parquet(alice: Person, original: tuple[bytes, Rows]) -> None:
    data, expected = original
    make(alice, "t")
    load(alice, "t", data)
    assert content(alice, "t") == expected
    shown = alice.get(TABLE + "/preview", **SALES, table="t")
    assert shown.json()["total_row_count"] == 3

    snapshot_id = take(alice, "t")
    alice.delete(TABLE, **SALES, table="t").raise_for_status()
    restore(alice, snapshot_id).raise_for_status()
    assert content(alice, "t") == expected
    assert alice.get(TABLE + "/preview", **SALES, table="t").json() == shown.json()

    dev = Person(
        alice.server,
        key=alice.key,
        project_id=alice.project_id,
        branch_id=alice.server.add_branch(alice.project_id),
    )
    load(dev, "t", exported(dev, "t"))
    assert (content(dev, "t"), dev.get(TABLE, **SALES, table="t").json()["source"]) == (expected, "branch")
    restore(dev, take(dev, "t"), target_table="of_branch").raise_for_status()
    assert content(dev, "of_branch") == expected

    make(alice, "back")
    for compression in (None, "zstd"):
        load(alice, "back", exported(alice, "t", compression=compression))
        assert content(alice, "back") == expected
    load(alice, "back", alice.get("/projects/{p}/branches/default/snapshots/{id}/download", id=snapshot_id).content)
    assert content(alice, "back") == expected

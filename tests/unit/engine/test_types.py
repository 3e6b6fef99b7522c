"""Column types come out in DuckDB's own spelling, and nothing but a type goes in."""

from __future__ import annotations

import time

import duckdb
import pytest

from kbstore.errors import KbstoreError, Kind
from storage.engine.specs import ColumnSpec, TableSpec
from storage.engine.types import canonical_type, normalize_spec
from storage.errors import InvalidColumn, InvalidName

ACCEPTED = [
    *"INTEGER INT INT4 SIGNED BIGINT INT8 LONG OID SMALLINT INT2 TINYINT INT1 HUGEINT UTINYINT USMALLINT".split(),
    *"UINTEGER UBIGINT UHUGEINT DOUBLE FLOAT8 FLOAT REAL FLOAT4 DECIMAL NUMERIC DEC VARCHAR TEXT STRING CHAR".split(),
    *"BPCHAR NVARCHAR BOOLEAN BOOL LOGICAL DATE TIME UUID BLOB BIT INTERVAL JSON BYTEA BINARY VARBINARY".split(),
    *"BITSTRING GUID TIMETZ TIMESTAMP DATETIME TIMESTAMP_US TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS".split(),
    *"TIMESTAMPTZ BIGNUM VARINT INTEGER[] text[3] INT[][2] DECIMAL(10) decimal(10,2) NUMERIC(38,38)".split(),
    *"VARCHAR(10) CHAR(3) Int DEC(4,1)[]".split(),
    "double precision",
    "TIMESTAMP WITH TIME ZONE",
    "time  with\ttime zone",
    "CHARACTER VARYING(3)",
    " INTEGER [ 3 ] ",
    "STRUCT(a INT, B TEXT)",
    'STRUCT("a b" INT, "select" INT, date DATE, name TEXT, "é" INT, "q""q" INT, "1a" INT, _x INT)',
    "MAP(INT,TEXT)",
    "MAP (VARCHAR, STRUCT(x DECIMAL(4,1)[]))[]",
    'UNION(num INT, "B c" text)',
    "ENUM('a','b''c', 'é', '', ' x ')",
    "STRUCT(t TIMESTAMP WITH TIME ZONE, amount DOUBLE PRECISION)",
]

REFUSED = [
    *"NUMBER NOTATYPE VARIANT GEOMETRY ANY NULL TIMESTAMP(3) BLOB(3) INTEGER(4) INT[0] INT[100001] INT[-1]".split(),
    *"DECIMAL(39,2) DECIMAL(5,6) DECIMAL(0) DECIMAL(1,2,3) DECIMAL( ENUM() STRUCT() MAP(INT) ENUM(a) INT] INT)".split(),
    "",
    "\u0131nt",
    "   ",
    "INT; DROP TABLE data",
    "INT CHECK (x > 1)",
    "INT NOT NULL",
    "INT PRIMARY KEY",
    "INT UNIQUE",
    "INT DEFAULT 1",
    "VARCHAR COLLATE NOCASE",
    "INT GENERATED ALWAYS AS (1)",
    "INT AS (1)",
    "INT -- comment",
    "INT /* x */",
    "INT, b INT",
    "STRUCT(a INT, A TEXT)",
    "STRUCT(a INT",
    "STRUCT(INT)",
    "ENUM('a','a')",
    "ENUM('a' || 'b')",
    "ENUM((SELECT 1))",
    "LIST(INT)",
    "INT\0",
    "TIMESTAMP WITH",
    "INT" + "[]" * 100,
    "STRUCT(a " * 100 + "INT" + ")" * 100,
    "ENUM('" + "a" * 200_000 + "')",
]


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("given", ACCEPTED)
def test_an_accepted_type_comes_out_as_duckdb_spells_it(engine: duckdb.DuckDBPyConnection, given: str) -> None:
    row = engine.execute(f"SELECT typeof(CAST(NULL AS {given}))").fetchone()

    assert row == (canonical_type(given),)
    assert canonical_type(given.lower() if "'" not in given and '"' not in given else given)


@pytest.mark.parametrize("given", ACCEPTED)
def test_the_canonical_spelling_is_its_own_canonical_spelling(given: str) -> None:
    assert canonical_type(canonical_type(given)) == canonical_type(given)


@pytest.mark.parametrize("given", REFUSED)
def test_anything_that_is_not_a_known_type_is_refused(given: str) -> None:
    with pytest.raises(InvalidColumn) as caught:
        canonical_type(given)

    assert caught.value.kind is Kind.INVALID
    assert len(caught.value.message) < 300


def test_every_keyword_as_a_field_name_is_quoted_as_duckdb_quotes_it(engine: duckdb.DuckDBPyConnection) -> None:
    keywords = [row[0] for row in engine.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()]
    given = (
        "STRUCT(" + ", ".join(f'"{word}" INT' for word in [*keywords, "plain", "Mixed_1", "with space", "a-b"]) + ")"
    )

    row = engine.execute(f"SELECT typeof(CAST(NULL AS {given}))").fetchone()

    assert row == (canonical_type(given),)


def _spec(*columns: ColumnSpec, key: tuple[str, ...] = ()) -> TableSpec:
    return TableSpec(columns, key)


def test_normalizing_makes_key_columns_not_null_and_types_canonical() -> None:
    spec = normalize_spec(_spec(ColumnSpec("id", "int"), ColumnSpec("Na me", "text", default=" 'x' "), key=("id",)))

    assert spec.columns == (ColumnSpec("id", "INTEGER", nullable=False), ColumnSpec("Na me", "VARCHAR", default="'x'"))


@pytest.mark.parametrize("name", ["", "  ", "a" * 129, 'a"b', "a\nb", "a\0b", "\x7f", "\x85"])
def test_a_column_name_that_breaks_the_rules_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        normalize_spec(_spec(ColumnSpec(name, "INT")))


@pytest.mark.parametrize("name", ["select", "1a", "a b", "é", "😀", "a'b", "a;b", "a" * 128, "data", "a.b", "$1"])
def test_any_other_column_name_is_accepted(name: str) -> None:
    assert normalize_spec(_spec(ColumnSpec(name, "INT"))).column_names == (name,)


@pytest.mark.parametrize(
    "spec",
    [
        _spec(),
        _spec(ColumnSpec("a", "INT"), ColumnSpec("A", "INT")),
        _spec(ColumnSpec("é", "INT"), ColumnSpec("É", "INT")),
        _spec(ColumnSpec("a", "INT"), key=("a", "a")),
        _spec(ColumnSpec("a", "INT", default="b")),
    ],
)
def test_a_shape_that_no_table_can_have_is_refused(spec: TableSpec) -> None:
    with pytest.raises(InvalidColumn):
        normalize_spec(spec)


@pytest.mark.parametrize(
    ("type_text", "default"),
    [
        ("INT", "0"),
        ("INT", "-1"),
        ("INT", "1 + 1"),
        ("INT", "NULL"),
        ("INT", "'7'"),
        ("BOOLEAN", "true"),
        ("VARCHAR", "'it''s; -- fine'"),
        ("VARCHAR", "upper('x') || 'y'"),
        ("DATE", "DATE '2024-01-01'"),
        ("DATE", "current_date"),
        ("TIMESTAMP", "now()"),
        ("TIMESTAMPTZ", "CURRENT_TIMESTAMP"),
        ("TIME", "current_time"),
        ("UUID", "gen_random_uuid()"),
        ("VARCHAR", "uuid()"),
        ("INT[]", "[1, 2]"),
        ("STRUCT(a INT)", "{'a': 1}"),
        ("INTERVAL", "INTERVAL 1 DAY"),
    ],
)
def test_a_constant_default_is_accepted_and_works_in_a_table(type_text: str, default: str) -> None:
    column = normalize_spec(_spec(ColumnSpec("c", type_text, default=default))).columns[0]

    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (x INT, c {column.type} DEFAULT ({column.default}))")
        connection.execute("INSERT INTO t (x) VALUES (1)")


@pytest.mark.parametrize(
    "default",
    [
        "",
        " ",
        "abc",
        "'abc'",
        "1, 2",
        "1) CHECK (c > 0",
        "1 --",
        "1; SELECT 2",
        "(SELECT 1)",
        "random()",
        "now() + 1",
        "getenv('HOME')",
        "read_text('/etc/passwd')",
        "nextval('s')",
        "x + 1",
        "sum(1)",
        "$1",
        "1 /*",
        "'",
        "999999999999",
    ],
)
def test_a_default_that_is_no_constant_of_the_type_is_refused(default: str) -> None:
    with pytest.raises(InvalidColumn) as caught:
        normalize_spec(_spec(ColumnSpec("c", "INT", default=default)))

    assert "SELECT CAST" not in caught.value.message


def test_a_thousand_columns_with_defaults_take_under_a_second() -> None:
    columns = tuple(ColumnSpec(f"c{i}", "DECIMAL(18,2)", default=str(i % 50)) for i in range(1000))
    started = time.process_time()

    normalize_spec(TableSpec(columns))

    assert time.process_time() - started < 1


def test_every_refusal_is_an_error_that_users_may_see() -> None:
    assert issubclass(InvalidColumn, KbstoreError)

"""What a statement is, wants and gives is known before it runs, and its parameters are typed values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from storage.engine.native import (
    Bit,
    Column,
    Date,
    ErrorKind,
    Interval,
    ListOf,
    NativeConnection,
    NativeError,
    StatementType,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    prepare,
)

Query = Callable[..., list[tuple[Any, ...]]]
INFINITE_DATE, INFINITE_TIMESTAMP = 2**31 - 1, 2**63 - 1


@pytest.fixture
def table(connection: NativeConnection) -> None:
    connection.run("CREATE TABLE t (a SMALLINT, b VARCHAR, m ENUM('x', 'y'), d DECIMAL(9,2), l INTEGER[])")


@pytest.mark.usefixtures("table")
class TestBeforeItRuns:
    def test_columns_have_their_types(self, connection: NativeConnection) -> None:
        with prepare(connection, 'SELECT a, a + 1::BIGINT AS "My Sum", m FROM t') as statement:
            assert statement.columns == (
                Column("a", "SMALLINT"),
                Column("My Sum", "BIGINT"),
                Column("m", "ENUM('x', 'y')"),
            )

    def test_parameters_get_their_types_from_their_place(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT b FROM t WHERE a = $1 AND d < $2 AND $3 LIMIT $4") as statement:
            assert statement.parameter_types == ("SMALLINT", "DECIMAL(9,2)", "BOOLEAN", "BIGINT")
            assert statement.parameter_names == ("1", "2", "3", "4")

    def test_an_open_parameter_leaves_the_columns_open(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT $1 + 1") as statement:
            assert (statement.parameter_types, statement.columns) == ((None,), ())

    def test_nothing_runs(self, connection: NativeConnection, query: Query) -> None:
        with prepare(connection, "INSERT INTO t (a) VALUES (1)"):
            pass
        assert query("FROM t") == []

    @pytest.mark.parametrize(
        ("sql", "expected", "returns_rows"),
        [
            ("FROM t", StatementType.SELECT, True),
            ("VALUES (1)", StatementType.SELECT, True),
            ("SHOW TABLES", StatementType.SELECT, True),
            ("EXPLAIN FROM t", StatementType.EXPLAIN, True),
            ("INSERT INTO t (b) VALUES ('returning')", StatementType.INSERT, False),
            ("INSERT INTO t (a) VALUES (1) RETURNING a", StatementType.INSERT, True),
            ('INSERT INTO t (a) VALUES (1) RETURNING 1::BIGINT AS "Count"', StatementType.INSERT, True),
            ("UPDATE t SET a = 1", StatementType.UPDATE, False),
            ("DELETE FROM t", StatementType.DELETE, False),
            ("TRUNCATE t", StatementType.DELETE, False),
            ("CREATE TABLE x AS SELECT 1", StatementType.CREATE, False),
            ("COMMENT ON TABLE t IS 'x'", StatementType.ALTER, False),
            ("DROP TABLE t", StatementType.DROP, False),
            ("BEGIN", StatementType.TRANSACTION, False),
            ("SET TimeZone = 'UTC'", StatementType.SET, False),
            ("PRAGMA threads = 1", StatementType.SET, False),
            ("ATTACH ':memory:' AS y", StatementType.ATTACH, False),
            ("COPY t TO '/tmp/never-written.csv'", StatementType.COPY, False),
        ],
    )
    def test_it_knows_what_it_is(
        self, connection: NativeConnection, sql: str, expected: StatementType, returns_rows: bool
    ) -> None:
        with prepare(connection, sql) as statement:
            assert (statement.statement_type, statement.returns_rows) == (expected, returns_rows)


@pytest.mark.parametrize(
    "type_text",
    [
        "BOOLEAN",
        "UHUGEINT",
        "BIGNUM",
        "DECIMAL(18,3)",
        "TIME WITH TIME ZONE",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_NS",
        "BIT",
        "UUID",
        "JSON",
        "INTERVAL",
        "INTEGER[]",
        "INTEGER[3][]",
        "MAP(VARCHAR, DECIMAL(4,1)[])",
        'STRUCT(a INTEGER, "B c" VARCHAR, "select" DATE, "q""q" BLOB)',
        "UNION(num INTEGER, str VARCHAR)",
        "ENUM('a', 'it''s', 'ž')",
    ],
)
def test_types_are_spelled_as_duckdb_does(connection: NativeConnection, query: Query, type_text: str) -> None:
    with prepare(connection, f"SELECT NULL::{type_text} AS x") as statement:
        assert statement.columns[0].type == query(f"SELECT typeof(NULL::{type_text})")[0][0]


@pytest.mark.parametrize(
    ("value", "type_text", "as_text"),
    [
        (True, "BOOLEAN", "true"),
        (-(2**63), "BIGINT", str(-(2**63))),
        (2**63, "HUGEINT", str(2**63)),
        (-(2**127), "HUGEINT", str(-(2**127))),
        (2**128 - 1, "UHUGEINT", str(2**128 - 1)),
        (2**200, "VARCHAR", str(2**200)),
        (1e300, "DOUBLE", "1e+300"),
        (float("inf"), "DOUBLE", "inf"),
        (Decimal("-12.340"), "DECIMAL(5,3)", "-12.340"),
        (Decimal("0.001"), "DECIMAL(4,3)", "0.001"),
        (Decimal("1E+3"), "DECIMAL(4,0)", "1000"),
        (Decimal("9" * 38), "DECIMAL(38,0)", "9" * 38),
        (Decimal("-" + "9" * 38), "DECIMAL(38,0)", "-" + "9" * 38),
        (Decimal("9" * 39), "VARCHAR", "9" * 39),
        ("", "VARCHAR", ""),
        ("žluť\0ouč", "VARCHAR", "žluť\0ouč"),
        ("x'; DROP TABLE t --", "VARCHAR", "x'; DROP TABLE t --"),
        (b"\x00\xffa", "BLOB", r"\x00\xFFa"),
        (UUID("00000000-0000-4000-8000-0000000000ff"), "UUID", "00000000-0000-4000-8000-0000000000ff"),
        (UUID(int=2**128 - 1), "UUID", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        (date(1969, 12, 31), "DATE", "1969-12-31"),
        (time(1, 2, 3, 4), "TIME", "01:02:03.000004"),
        (datetime(1900, 1, 1, 12), "TIMESTAMP", "1900-01-01 12:00:00"),
        (datetime(2020, 1, 1, tzinfo=UTC), "TIMESTAMP WITH TIME ZONE", "2020-01-01 00:00:00+00"),
        (timedelta(days=2, seconds=1), "INTERVAL", "2 days 00:00:01"),
        (Date(INFINITE_DATE), "DATE", "infinity"),
        (Date(-INFINITE_DATE), "DATE", "-infinity"),
        (Time(1_000_000), "TIME", "00:00:01"),
        (TimeTz(3_600_000_000, 7200), "TIME WITH TIME ZONE", "01:00:00+02"),
        (TimeTz(0, -12600), "TIME WITH TIME ZONE", "00:00:00-03:30"),
        (Timestamp(INFINITE_TIMESTAMP), "TIMESTAMP", "infinity"),
        (TimestampTz(-INFINITE_TIMESTAMP), "TIMESTAMP WITH TIME ZONE", "-infinity"),
        (Interval(14, 3, 1_000_000), "INTERVAL", "1 year 2 months 3 days 00:00:01"),
        (Bit("10101"), "BIT", "10101"),
        (Bit("0"), "BIT", "0"),
        (Bit("1" * 64), "BIT", "1" * 64),
        (ListOf("INTEGER", [1, None, "3"]), "INTEGER[]", "[1, NULL, 3]"),
        (ListOf("INTEGER", []), "INTEGER[]", "[]"),
        (ListOf("DATE[]", [ListOf("DATE", ["2020-01-01"]), None]), "DATE[][]", "[[2020-01-01], NULL]"),
    ],
)
def test_values_arrive_as_they_are(
    connection: NativeConnection, query: Query, value: object, type_text: str, as_text: str
) -> None:
    connection.run("SET TimeZone = 'UTC'")
    # Two parameters: DuckDB 1.5.5 fails with INTERNAL where one is first used without a type and then with one.
    assert query("SELECT typeof($1), $2::VARCHAR", value, value) == [(type_text, as_text)]


@pytest.mark.usefixtures("table")
class TestBinding:
    def test_null_has_any_type(self, query: Query) -> None:
        assert query("INSERT INTO t VALUES ($1, $1, $1, $1, $1) RETURNING a", None) == [(None,)]

    def test_wide_numbers_go_into_narrow_columns_unless_they_overflow(self, query: Query) -> None:
        assert query("INSERT INTO t (a) VALUES ($1) RETURNING a", 7) == [(7,)]
        with pytest.raises(NativeError) as failure:
            query("INSERT INTO t (a) VALUES ($1)", 70_000)
        assert failure.value.kind is ErrorKind.CONVERSION

    def test_text_becomes_the_type_of_the_parameter(self, connection: NativeConnection, query: Query) -> None:
        with prepare(connection, "INSERT INTO t VALUES ($1, $2, $3, $4, $5)") as statement:
            for index, text in enumerate(("7", "seven", "y", "7.5", "[7, 8]"), start=1):
                statement.bind_text(index, text)
            with statement.execute() as result:
                assert result.rows_changed == 1
        assert query("FROM t") == [(7, "seven", "y", Decimal("7.50"), [7, 8])]

    def test_text_that_does_not_fit_is_refused_at_once(self, connection: NativeConnection) -> None:
        with prepare(connection, "INSERT INTO t (m) VALUES ($1)") as statement, pytest.raises(NativeError) as failure:
            statement.bind_text(1, "z")
        assert failure.value.kind is ErrorKind.CONVERSION

    def test_a_type_can_be_asked_for(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT typeof($1)") as statement:
            statement.bind(1, "1.5", "DECIMAL(4,2)")
            with statement.execute() as result:
                assert [batch.column(0).to_pylist() for batch in result.batches()] == [["DECIMAL(4,2)"]]

    @pytest.mark.parametrize("index", [0, 2, 2**40])
    def test_an_index_that_is_not_there_is_refused(self, connection: NativeConnection, index: int) -> None:
        with prepare(connection, "SELECT $1") as statement, pytest.raises(NativeError):
            statement.bind(index, 1)

    def test_a_missing_value_is_an_error(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT $1 + $2") as statement:
            statement.bind(1, 1)
            with pytest.raises(NativeError):
                statement.execute()

    @pytest.mark.parametrize(
        "value", [object(), Bit(""), Bit("2"), "\ud800", ListOf("INTEGER", ["x"]), ListOf("?", [])]
    )
    def test_what_cannot_be_a_value_is_refused(self, connection: NativeConnection, value: object) -> None:
        with prepare(connection, "SELECT $1") as statement, pytest.raises((NativeError, TypeError)):
            statement.bind(1, value)

    def test_it_runs_again_with_other_values(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT $1::INTEGER * 2") as statement:
            for number in range(3):
                statement.bind(1, number)
                with statement.execute() as result:
                    assert [batch.column(0).to_pylist() for batch in result.batches()] == [[number * 2]]


class TestOneStatement:
    def test_a_pivot_finds_its_columns(self, connection: NativeConnection, query: Query) -> None:
        connection.run("CREATE TABLE sales AS SELECT * FROM (VALUES ('a', 1), ('b', 2)) v(city, n)")
        with prepare(connection, "PIVOT sales ON city USING sum(n)") as statement:
            assert statement.columns == (Column("a", "HUGEINT"), Column("b", "HUGEINT"))
        assert query("FROM (PIVOT sales ON city USING sum(n))") == [(Decimal(1), Decimal(2))]

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT 1; SELECT 2",
            "CREATE TABLE smuggled (i INT); SELECT 1",
            "CREATE TABLE smuggled (i INT); PIVOT smuggled ON i",
            "",
            ";",
            "-- nothing",
        ],
    )
    def test_none_and_two_are_refused(self, connection: NativeConnection, query: Query, sql: str) -> None:
        with pytest.raises(NativeError):
            prepare(connection, sql)
        assert query("SHOW TABLES") == []


class TestErrors:
    @pytest.mark.parametrize(
        ("sql", "kind", "position"),
        [
            ("SELEC 1", ErrorKind.PARSER, 0),
            ("SELECT 'ž', nope", ErrorKind.BINDER, 12),
            ("SELECT * FROM nope", ErrorKind.CATALOG, 14),
            ("SELECT 'ž'::INTEGER", ErrorKind.CONVERSION, 10),
            ("SELECT '\0'", ErrorKind.PARSER, 8),
            ("SELECT '\ud800'", ErrorKind.PARSER, 8),
        ],
    )
    def test_they_tell_kind_and_place(
        self, connection: NativeConnection, sql: str, kind: ErrorKind, position: int
    ) -> None:
        with pytest.raises(NativeError) as failure, prepare(connection, sql) as statement:
            list(statement.execute().batches())
        assert (failure.value.kind, failure.value.position) == (kind, position)
        assert "LINE" not in failure.value.message
        assert "{" not in failure.value.message

    def test_they_tell_what_is_missing(self, connection: NativeConnection) -> None:
        with pytest.raises(NativeError) as failure:
            prepare(connection, "SELECT * FROM nope")
        assert failure.value.subtype == "MISSING_ENTRY"
        assert failure.value.details["name"] == "nope"

    @pytest.mark.parametrize("prefix", ["", "Parser Error: "])
    def test_a_user_cannot_forge_them(self, query: Query, prefix: str) -> None:
        with pytest.raises(NativeError) as failure:
            query("SELECT error($1)", prefix + '{"exception_type":"INTERNAL","exception_message":"x"}')
        assert failure.value.kind is ErrorKind.INVALID_INPUT

    def test_an_error_while_rows_stream_arrives(self, connection: NativeConnection) -> None:
        sql = "SELECT CASE WHEN range = 400000 THEN error('late') ELSE 1 END FROM range(500000)"
        with prepare(connection, sql) as statement, pytest.raises(NativeError, match="late") as failure:
            list(statement.execute().batches())
        assert failure.value.kind is ErrorKind.INVALID_INPUT

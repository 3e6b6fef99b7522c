"""Results stream as Arrow batches that lose nothing, and end as their connection or reader wants."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from storage.engine.native import (
    ErrorKind,
    NativeConnection,
    NativeDatabase,
    NativeError,
    Prepared,
    prepare,
    rows,
)

Query = Callable[..., list[tuple[Any, ...]]]
MILLION = "SELECT range AS i, 'text ' || range AS t FROM range(1000000)"
ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 8"


def column(connection: NativeConnection, sql: str) -> pa.Array:
    with prepare(connection, sql) as statement, statement.execute() as result:
        table = pa.Table.from_batches(result.batches(), schema=result.schema)
    return table.column(0).combine_chunks()


class TestTypes:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("bool", pa.bool_()),
            ("tinyint", pa.int8()),
            ("ubigint", pa.uint64()),
            ("hugeint", pa.decimal256(39, 0)),
            ("uhugeint", pa.decimal256(39, 0)),
            ("bignum", pa.opaque(pa.binary(), "bignum", "DuckDB")),
            ("date", pa.date32()),
            ("time", pa.time64("us")),
            ("time_ns", pa.time64("ns")),
            ("timestamp", pa.timestamp("us")),
            ("timestamp_s", pa.timestamp("s")),
            ("timestamp_ms", pa.timestamp("ms")),
            ("timestamp_ns", pa.timestamp("ns")),
            ("time_tz", pa.opaque(pa.binary(8), "time_tz", "DuckDB")),
            ("timestamp_tz", pa.timestamp("us", "Europe/Prague")),
            ("float", pa.float32()),
            ("double", pa.float64()),
            ("dec_4_1", pa.decimal128(4, 1)),
            ("dec38_10", pa.decimal128(38, 10)),
            ("uuid", pa.uuid()),
            ("interval", pa.month_day_nano_interval()),
            ("varchar", pa.string()),
            ("blob", pa.binary()),
            ("bit", pa.opaque(pa.binary(), "bit", "DuckDB")),
            ("small_enum", pa.dictionary(pa.uint8(), pa.string())),
            ("medium_enum", pa.dictionary(pa.uint16(), pa.string())),
            ("int_array", pa.list_(pa.field("l", pa.int32()))),
            ("fixed_int_array", pa.list_(pa.field("", pa.int32()), 3)),
            ("struct", pa.struct({"a": pa.int32(), "b": pa.string()})),
            ("map", pa.map_(pa.string(), pa.string())),
            ("geometry", pa.binary()),
        ],
    )
    def test_each_arrives_as_documented(self, connection: NativeConnection, name: str, expected: pa.DataType) -> None:
        connection.run("SET TimeZone = 'Europe/Prague'")
        values = column(connection, f'SELECT "{name}" FROM test_all_types()')
        assert values.type == expected
        assert (len(values), values.null_count) == (3, 1)

    def test_json_is_marked(self, connection: NativeConnection) -> None:
        values = column(connection, "SELECT '{\"a\": 1}'::JSON")
        assert values.type == pa.json_(pa.string())

    def test_huge_numbers_keep_every_digit(self, connection: NativeConnection) -> None:
        numbers = [-(2**127), -1, 0, 1, None, 2**64, 2**127 - 1]
        literals = ", ".join("(NULL)" if number is None else f"({number})" for number in numbers)
        values = column(connection, f"SELECT n::HUGEINT FROM (VALUES {literals}) v(n)")
        assert values.to_pylist() == [None if number is None else Decimal(number) for number in numbers]
        largest = column(connection, f"SELECT {2**128 - 1}::UHUGEINT")
        assert largest.to_pylist() == [Decimal(2**128 - 1)]

    def test_infinity_is_the_largest_number(self, connection: NativeConnection) -> None:
        sql = "SELECT unnest(['infinity'::TIMESTAMP, '-infinity'])"
        assert column(connection, sql).cast(pa.int64()).to_pylist() == [2**63 - 1, -(2**63 - 1)]

    def test_months_stay_months(self, connection: NativeConnection) -> None:
        assert column(connection, "SELECT INTERVAL '14 months 3 days 1 microsecond'").to_pylist() == [(14, 3, 1000)]

    def test_an_offset_of_time_is_as_documented(self, connection: NativeConnection) -> None:
        packed = column(connection, "SELECT '01:00:00-03:30'::TIMETZ").storage[0].as_py()
        bits = int.from_bytes(packed, "little")
        assert (bits >> 24, 57599 - (bits & 0xFFFFFF)) == (3_600_000_000, -12600)

    def test_a_type_without_arrow_form_is_an_error(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT 1::VARIANT AS v") as statement, statement.execute() as result:
            assert result.columns[0].type == "VARIANT"
            with pytest.raises(NativeError) as failure:
                list(result.batches())
        assert failure.value.kind in {ErrorKind.NOT_IMPLEMENTED, ErrorKind.INVALID_INPUT}
        assert rows(connection, "SELECT 1") == [(1,)]

    def test_two_columns_may_have_one_name(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT 1 AS a, 'x' AS a") as statement, statement.execute() as result:
            assert [[c.to_pylist() for c in batch.columns] for batch in result.batches()] == [[[1], ["x"]]]


class TestStreams:
    def test_the_first_rows_come_at_once_and_later_ones_joined(self, connection: NativeConnection) -> None:
        with prepare(connection, MILLION) as statement, statement.execute() as result:
            sizes = [batch.num_rows for batch in result.batches()]
        assert sum(sizes) == 1_000_000
        assert sizes[0] == 2048
        assert max(sizes) > 2048

    def test_batches_outlive_everything(self, database: NativeDatabase) -> None:
        connection = database.connect()
        with prepare(connection, MILLION) as statement:
            batch = next(statement.execute().batches())
        database.close()
        del connection, database, statement
        gc.collect()
        assert batch.column(1)[2047].as_py() == "text 2047"

    def test_another_statement_ends_it_with_an_error(self, connection: NativeConnection) -> None:
        with prepare(connection, MILLION) as statement, statement.execute() as result:
            batches = result.batches()
            next(batches)
            rows(connection, "SELECT 1")
            with pytest.raises(NativeError, match="ended"):
                list(batches)

    def test_a_result_that_was_read_to_its_end_is_not_ended_again(self, connection: NativeConnection) -> None:
        with prepare(connection, "SELECT 1") as statement, statement.execute() as result:
            batches = result.batches()
            next(batches)
            assert next(batches, None) is None
            rows(connection, "SELECT 2")
            assert list(result.batches()) == []

    def test_closing_it_early_frees_the_transaction(self, connection: NativeConnection, query: Query) -> None:
        connection.run("CREATE TABLE t AS " + MILLION)
        with prepare(connection, "FROM t") as statement, statement.execute() as result:
            next(result.batches())
        assert list(result.batches()) == []
        connection.run("DROP TABLE t; CHECKPOINT")
        assert query("SHOW TABLES") == []

    def test_closing_it_early_keeps_a_transaction_block(self, connection: NativeConnection, query: Query) -> None:
        connection.run("CREATE TABLE t (i INT); BEGIN; INSERT INTO t VALUES (1)")
        with prepare(connection, MILLION) as statement, statement.execute() as result:
            next(result.batches())
        connection.run("COMMIT")
        assert query("FROM t") == [(1,)]

    @pytest.mark.parametrize(
        ("sql", "expected"),
        [
            ("INSERT INTO t FROM range(5)", 5),
            ("UPDATE t SET i = 9 WHERE i < 2", 2),
            ("DELETE FROM t WHERE i > 100", 0),
            ("CREATE TABLE u AS FROM range(4)", 4),
            ("CREATE TABLE u (i INT)", None),
            ("SELECT 1", None),
            ("INSERT INTO t VALUES (1) RETURNING i", None),
            ("BEGIN", None),
        ],
    )
    def test_changed_rows_are_counted(self, connection: NativeConnection, sql: str, expected: int | None) -> None:
        connection.run("CREATE TABLE t AS SELECT range AS i FROM range(10)")
        with prepare(connection, sql) as statement, statement.execute() as result:
            assert result.rows_changed == expected
            assert result.returns_rows == statement.returns_rows


class TestThreads:
    @pytest.fixture
    def running(self, connection: NativeConnection) -> Any:
        """The endless query in a thread, and where its error will be."""
        failures: list[NativeError] = []
        statement = prepare(connection, ENDLESS)

        def run() -> None:
            try:
                list(statement.execute().batches())
            except NativeError as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread, failures

    def test_a_long_query_stops_nobody_and_can_be_interrupted(self, connection: NativeConnection, running: Any) -> None:
        thread, failures = running
        deadline = time.monotonic() + 20
        ticks = 0
        while thread.is_alive() and time.monotonic() < deadline:
            ticks += 1
            assert connection.progress() <= 100
            connection.interrupt()
            thread.join(timeout=0.01)
        assert [failure.kind for failure in failures] == [ErrorKind.INTERRUPT]
        assert rows(connection, "SELECT 1") == [(1,)]

    def test_closing_the_connection_ends_its_query(self, connection: NativeConnection, running: Any) -> None:
        thread, failures = running
        connection.close()
        thread.join(timeout=20)
        assert [failure.kind for failure in failures] in ([ErrorKind.INTERRUPT], [ErrorKind.CONNECTION])

    def test_others_work_meanwhile(self, database: NativeDatabase, connection: NativeConnection, running: Any) -> None:
        assert rows(database.connect(), "SELECT sum(range) FROM range(1000)") == [(Decimal(499_500),)]
        connection.close()

    def test_one_connection_serves_threads_in_turn(self, connection: NativeConnection) -> None:
        connection.run("CREATE SEQUENCE s")
        threads = [
            threading.Thread(target=lambda: [connection.run("SELECT nextval('s')") for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rows(connection, "SELECT nextval('s')") == [(201,)]


class TestAfterClosing:
    def test_everything_refuses_and_nothing_crashes(self, database: NativeDatabase) -> None:
        connection = database.connect()
        statement = prepare(connection, MILLION)
        result = statement.execute()
        batches = result.batches()
        next(batches)
        database.close()
        uses: list[Callable[[], object]] = [
            lambda: next(batches),
            lambda: result.schema,
            statement.execute,
            lambda: statement.bind(1, 1),
            lambda: statement.parameter_types,
            lambda: rows(connection, "SELECT 1"),
            database.connect,
        ]
        for use in uses:
            with pytest.raises(NativeError) as failure:
                use()
            assert failure.value.kind is ErrorKind.CONNECTION
        connection.interrupt()
        assert connection.progress() == -1.0
        for thing in (result, statement, connection, database):
            thing.close()

    def test_a_closed_statement_refuses(self, connection: NativeConnection) -> None:
        statement = prepare(connection, "SELECT $1")
        statement.close()
        with pytest.raises(NativeError):
            statement.bind(1, 1)
        with pytest.raises(NativeError):
            statement.execute()

    def test_what_nobody_closed_is_freed(self, connection: NativeConnection) -> None:
        connection.run("CREATE TABLE t AS " + MILLION)
        kept: list[Prepared] = []
        for _ in range(50):
            statement = prepare(connection, "FROM t")
            next(statement.execute().batches())
            kept = [statement]
        del kept, statement
        gc.collect()
        connection.run("DROP TABLE t")


def test_a_wrong_setting_is_refused() -> None:
    with pytest.raises(NativeError):
        NativeDatabase({"no_such_setting": "1"})


def test_a_database_that_cannot_be_opened_says_why(tmp_path: Any) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(NativeError) as failure:
        NativeDatabase({}, str(tmp_path / "x.duckdb"))
    assert failure.value.kind is ErrorKind.IO

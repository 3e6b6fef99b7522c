"""An import under the rules of the storage driver: one transaction on a staged table, all or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from storage.engine import import_merge as merging
from storage.engine.errors import translate
from storage.engine.import_plan import ImportPlan, plan_import
from storage.engine.import_sources import Batch, Source, opened_source
from storage.engine.import_specs import TIMESTAMP_COLUMN, RowCounts, RowImport
from storage.engine.merge import count_of, settle_duplicates
from storage.engine.monitor import Monitor
from storage.engine.specs import TableSpec

#: Each begins with what the one before found out.
_ATTEMPTS = 8
_READ = (0.0, 0.7)
_SETTLE = (0.7, 1.0)


def import_rows(
    *,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: TableSpec,
    order: RowImport,
    monitor: Monitor,
    base_is_empty: bool,
    scratch: Path,
) -> RowCounts:
    """Bring the rows of the source of `order` into `table`, a qualified name, or leave it as it is.

    `table` has the columns of `spec` and no index; it is empty for a full import and when `base_is_empty`, else it
    holds the base rows. `scratch`, a directory that the connection may read, takes rewritten files.

    Raises ImportFailed, DuplicateKey, ImportRefused, InvalidCsvOptions, FilterRefused, or the monitor's reason.
    """
    plan = plan_import(spec, order)
    try:
        with opened_source(connection, plan, scratch=scratch, monitor=monitor) as source:
            run = _Import(connection, table, plan, source, monitor, fresh=base_is_empty or not order.incremental)
            imported = run.attempts()
            return RowCounts(imported, source.supplied, run.timers.items(), tuple(source.warnings))
    except (duckdb.Error, OSError) as error:
        raise translate(error, monitor) from error


class Timers:
    """Seconds by name, summed, in the order in which the names came first."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.monotonic() - started

    def items(self) -> tuple[tuple[str, float], ...]:
        return tuple(self._seconds.items())


class _Import:
    """The attempts at one import; `fresh` says that only rows of the source are in the table afterwards."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        plan: ImportPlan,
        source: Source,
        monitor: Monitor,
        *,
        fresh: bool,
    ) -> None:
        self._connection = connection
        self._table = table
        self._plan = plan
        self._source = source
        self._monitor = monitor
        self._fresh = fresh
        self._stamp = plan.stamp(source.supplied)
        self._merges = bool(plan.key) and not fresh
        self._refused: Batch | None = None
        self.timers = Timers()

    def attempts(self) -> int:
        """What `importedRowsCount` is. Begins again where a file only has to be read in another way."""
        for _ in range(_ATTEMPTS):
            self._refused = None
            try:
                return self._in_transaction()
            except duckdb.Error as error:
                self._monitor.check()
                batch = self._refused
                if batch is None:
                    raise
                if not batch.repair(error):
                    with self._monitor.phase(self._connection, 1.0, 1.0):
                        raise batch.explain(self._connection, error) from error
        raise AssertionError("every attempt repairs something")

    def _in_transaction(self) -> int:
        self._connection.execute("BEGIN TRANSACTION")
        try:
            imported = self._run()
            self._connection.execute("COMMIT")
        except BaseException:
            # An error at commit has rolled back already, and there is nothing to roll back then.
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK")
            raise
        return imported

    def _run(self) -> int:
        if self._merges:
            merging.make_incoming(self._connection, self._plan, self._source.supplied)
        rows = self._read()
        with self._monitor.phase(self._connection, *_SETTLE):
            imported = self._settle_incoming() if self._merges else self._settle_table(rows)
            if self._plan.spec.primary_key not in ((), self._plan.key):
                self._refuse_repeated(self._table, self._plan.spec.primary_key)
        return imported

    def _read(self) -> int:
        """The rows of the source into the table, or to where they wait; returns how many."""
        target = merging.INCOMING if self._merges else self._table
        constants = [(TIMESTAMP_COLUMN, self._stamp)] if self._stamp is not None and not self._merges else []
        rows = 0
        with self.timers.measure("copyToStaging"), self._source.batches() as batches:
            for batch in batches:
                with self._monitor.phase(self._connection, *_READ):
                    self._refused = batch
                    rows += merging.insert_reading(self._connection, target, batch.reading, constants)
                    self._refused = None
                self._monitor.rows = rows
        return rows

    def _settle_table(self, rows: int) -> int:
        """Of a table that holds rows of this source only, or that has no key."""
        key = self._plan.key
        if not key or not rows:
            return rows
        merging.require_key_values(self._connection, self._table, key)
        superseded = self._deduplicate(self._table)
        return rows - superseded if self._plan.order.incremental else rows

    def _deduplicate(self, table: str) -> int:
        key = self._plan.key
        with self.timers.measure("dedupStaging"):
            if self._plan.is_strict:
                self._refuse_repeated(table, key)
                return 0
            return settle_duplicates(self._connection, table=table, key=key, dedup_mode="update_duplicates")

    def _refuse_repeated(self, table: str, key: tuple[str, ...]) -> None:
        merging.refuse_repeated(self._connection, table, key, mode=self._plan.order.dedup_mode)

    def _settle_incoming(self) -> int:
        connection, plan, table = self._connection, self._plan, self._table
        merging.require_key_values(connection, merging.INCOMING, plan.key)
        self._deduplicate(merging.INCOMING)
        if plan.is_strict:
            merging.refuse_existing(connection, table, plan.key, mode=plan.order.dedup_mode)
        else:
            with self.timers.measure("updateTargetTable"):
                merging.merge_incoming(connection, table, plan, self._source.supplied, self._stamp)
        with self.timers.measure("insertIntoTargetFromStaging"):
            merging.add_missing(connection, table, plan, self._source.supplied, self._stamp)
        imported = count_of(connection, f"SELECT count(*) FROM {merging.INCOMING}")
        merging.drop_incoming(connection)
        return imported

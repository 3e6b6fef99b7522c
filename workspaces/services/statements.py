"""The statements of one request, run in one session and in one transaction; the rows of the last one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from storage.engine.json_rows import json_rows_sql
from storage.engine.text_rows import text_rows_sql
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled, Compiler, pieces_of
from workspaces.services.prepare_sql import ResultColumn, columns_of, prepare
from workspaces.services.result_formats import (
    ArrowResult,
    CsvResult,
    JsonResult,
    ParquetResult,
    ResultFormat,
    TextResult,
)
from workspaces.services.run_query import Column, Query, Rows
from workspaces.services.sql_order import SqlOrder, bound_values
from workspaces.services.sql_session import SqlSession
from workspaces.services.tell_fault import told_fault
from workspaces.sql import statement as words
from workspaces.sql.classify import command_tag
from workspaces.sql.statement import StatementKind

#: What the engine runs by itself; all else belongs to a session that lasts.
_RUNS: Final = frozenset({
    StatementKind.SELECT, StatementKind.INSERT, StatementKind.UPDATE, StatementKind.DELETE, StatementKind.MERGE,
    StatementKind.TRUNCATE, StatementKind.CREATE, StatementKind.CREATE_TABLE_AS, StatementKind.DROP,
    StatementKind.ALTER, StatementKind.COMMENT, StatementKind.SET_VARIABLE, StatementKind.EXPLAIN,
    StatementKind.CALL, StatementKind.PRAGMA, StatementKind.SHOW, StatementKind.VACUUM, StatementKind.ANALYZE,
    StatementKind.CHECKPOINT,
})  # fmt: skip
#: Their report is nothing for the caller; they cannot run inside a transaction.
_UPKEEP: Final = frozenset({StatementKind.CHECKPOINT, StatementKind.VACUUM, StatementKind.ANALYZE})
_SETS: Final = frozenset({StatementKind.SET, StatementKind.SET_VARIABLE, StatementKind.PRAGMA})
#: Settings of the engine that a request may have for itself.
_SETTINGS: Final = frozenset({"timezone", "calendar", "integer_division", "default_null_order"})
_ENCODERS: Final = {"json": json_rows_sql, "text": text_rows_sql}
#: These cannot stand inside a query.
_NO_SUBQUERY: Final = frozenset({"DESCRIBE", "DESC", "SUMMARIZE", "PIVOT", "PIVOT_WIDER", "SHOW"})
#: So much of a batch is written at once.
_PIECE_BYTES: Final = 1 << 20
_HINT: Final = "A request is a transaction of its own. Connect with a PostgreSQL client for sessions that last."


class Statements:
    """Of one thread, as its session. `parse_seconds` is what reading and preparing took; all raise SqlFault."""

    def __init__(self, session: SqlSession, order: SqlOrder, *, read_only: bool) -> None:
        self._session = session
        self._order = order
        self._read_only = read_only
        self._format: ResultFormat | None = None
        self._rows: Rows | None = None
        self.last: Compiled | None = None
        self.parse_seconds = 0.0
        self.row_count = 0
        self.truncated = False
        self.changed: int | None = None

    def start(self) -> None:
        """Run all of them, the last one up to its first rows."""
        started = time.monotonic()
        compiler = Compiler(self._session.policy)
        compiled = [compiler.compile(piece.text, start=piece.start) for piece in pieces_of(self._order.sql)]
        if not compiled:
            raise SqlFault("42601", "there is no statement")
        for each in compiled:
            _check_runs(each, allows_settings=self._order.allows_settings)
        if self._order.parameters and len(compiled) > 1:
            raise SqlFault("42601", "parameters belong to a single statement")
        self._begin(compiled)
        self.parse_seconds = time.monotonic() - started
        for each in compiled[:-1]:
            with _told(each):
                self._run_through(each)
        with _told(compiled[-1]):
            self._run_last(compiled[-1])

    def blocks(self) -> Iterator[bytes]:
        """The document, to its end; what was changed is committed before its last piece."""
        assert self._format is not None and self.last is not None  # noqa: S101, PT018 - started
        with _told(self.last):
            for batch in self._batches():
                block = self._format.batch(batch)
                if block:
                    yield block
        if self._session.in_transaction:
            self._session.commit()
        if isinstance(self._format, JsonResult):
            self._format.changed = self.changed
            self._format.command = self._command()
        last = self._format.end(row_count=self.row_count, truncated=self.truncated)
        if last:
            yield last

    def _begin(self, compiled: Sequence[Compiled]) -> None:
        writes = any(each.statement.writes or each.rewritten.before for each in compiled)
        if not (self._read_only or writes or len(compiled) > 1):
            return
        for each in compiled:
            if each.kind in _UPKEEP:
                tag, place = each.statement.tag, each.place(0)
                if self._read_only:
                    raise SqlFault("42501", f"permission denied for {tag}", position=place)
                raise SqlFault("25001", f"{tag} cannot run together with other statements", position=place)
        for each in compiled:
            # Inside a transaction tables stay as they were when it began.
            self._session.look(each.tokens, asks_catalog=each.asks_catalog)
        self._session.begin(read_only=self._read_only)

    def _run_through(self, compiled: Compiled) -> None:
        if compiled.kind is StatementKind.SET:
            self._set(compiled)
            return
        query, _ = self._prepared(compiled)
        rows = self._executed(compiled, query, [])
        for _ in rows.batches():
            pass

    def _run_last(self, compiled: Compiled) -> None:
        self.last = compiled
        if compiled.kind is StatementKind.SET:
            self._set(compiled)
            self._format = self._written((), (), pa.schema([]), is_encoded=False)
            return
        started = time.monotonic()
        query, oids = self._prepared(compiled)
        values = bound_values(self._order.parameters, oids)
        columns = query.columns if compiled.kind not in _UPKEEP else ()
        shown = columns_of(query, compiled) if columns else ()
        encoded = self._encoded(compiled, query) if columns else None
        self.parse_seconds += time.monotonic() - started
        rows = self._executed(compiled, query if encoded is None else encoded, values)
        self._rows = rows
        self.changed = rows.changed
        is_encoded = encoded is not None
        schema = rows.schema if columns and self._order.format in ("arrow", "parquet") else pa.schema([])
        self._format = self._written(shown, columns, schema, is_encoded=is_encoded)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """As many rows, and as much of them, as are wanted."""
        if self._rows is None or self.last is None or self.last.kind in _UPKEEP or not self._rows.returns_rows:
            return
        limit, size = self._order.limit, 0
        for batch in self._rows.batches():
            room = batch.num_rows if limit is None else limit - self.row_count
            if batch.num_rows > room:
                self.truncated = True
                batch = batch.slice(0, room)  # noqa: PLW2901 - what is left of it
            for piece in _pieces(batch):
                size += piece.nbytes
                if self._order.limit_bytes is not None and size > self._order.limit_bytes:
                    self.truncated = True
                    break
                self.row_count += piece.num_rows
                yield piece
            if self.truncated:
                self._rows.close()
                return

    def _prepared(self, compiled: Compiled) -> tuple[Query, tuple[int, ...]]:
        for text in compiled.rewritten.before:
            self._session.run(text)
        self._session.check_room(compiled.kind)
        return prepare(self._session, compiled)

    def _executed(self, compiled: Compiled, query: Query, values: Sequence[tuple[str, object]]) -> Rows:
        try:
            return query.execute(values)
        except SqlFault as fault:
            # Of a query around the user's own the place would be that in our text.
            place = compiled.place(fault.position) if query.sql == compiled.text else None
            raise fault.moved(place) from fault

    def _encoded(self, compiled: Compiled, query: Query) -> Query | None:
        """A query for the rows as JSON or text, made by the engine in all its threads; None where that cannot be."""
        if self._order.format not in _ENCODERS or compiled.kind is not StatementKind.SELECT:
            return None
        if compiled.tokens[0].word in _NO_SUBQUERY:
            return None
        try:
            text = _ENCODERS[self._order.format](query.sql, [column.type for column in query.columns])
            return self._session.prepare(text, compiled.tokens)
        except SqlFault:
            return None

    def _written(
        self, shown: Sequence[ResultColumn], columns: Sequence[Column], schema: pa.Schema, *, is_encoded: bool
    ) -> ResultFormat:
        match self._order.format:
            case "csv":
                return CsvResult(shown)
            case "arrow":
                return ArrowResult(shown, schema)
            case "parquet":
                return ParquetResult(shown, schema)
            case "text":
                return TextResult(columns, is_encoded=is_encoded)
        return JsonResult(shown, columns, is_encoded=is_encoded)

    def _command(self) -> str:
        rows = self.row_count if self.changed is None else self.changed
        return "" if self.last is None else command_tag(self.last.statement, rows)

    def _set(self, compiled: Compiled) -> None:
        detail = compiled.statement.detail
        assert isinstance(detail, words.Set)  # noqa: S101 - by kind
        if detail.values is None or detail.name not in _SETTINGS | {"search_path"}:
            raise SqlFault("0A000", f'parameter "{detail.name}" cannot be set over REST', hint=_HINT)
        if detail.name == "search_path":
            self._session.set_path(detail.values)
        else:
            name = "TimeZone" if detail.name == "timezone" else detail.name
            self._session.set_engine(name, ", ".join(detail.values))


@contextmanager
def _told(compiled: Compiled) -> Iterator[None]:
    try:
        yield
    except SqlFault as fault:
        told = told_fault(fault, compiled)
        if told is fault:
            raise
        raise told from fault


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Small enough that several forms of one, as rows and as text, take little memory."""
    if not batch.num_rows:
        return
    rows = max(1, batch.num_rows * _PIECE_BYTES // max(batch.nbytes, 1))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _check_runs(compiled: Compiled, *, allows_settings: bool) -> None:
    statement = compiled.statement
    if statement.kind in _SETS and not allows_settings:
        raise SqlFault("42501", f"permission denied for {statement.tag}", position=compiled.place(0))
    is_setting = statement.kind is StatementKind.SHOW and not (
        isinstance(statement.detail, words.Show) and statement.detail.is_engine_list
    )
    if statement.kind is not StatementKind.SET and (statement.kind not in _RUNS or is_setting):
        place = compiled.place(0)
        raise SqlFault("0A000", f"{statement.tag} is not supported over REST", hint=_HINT, position=place)

"""Batches of a COPY FROM into the table, and the place in the data of what the engine refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.session.context import Context
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_errors import value_place
from workspaces.pgwire.values.copy_targets import TargetColumn, engine_type_of
from workspaces.services.load_rows import RowLoader
from workspaces.services.load_target import LoadTarget
from workspaces.sql.statement import StatementKind

#: Rows go into the table together up to this; it is also what is looked through for the place of an error.
_FLUSH_BYTES: Final = 16 << 20
_ENUM_LABEL: Final = re.compile(r"'((?:[^']|'')*)'")


class Reader(Protocol):
    """What makes batches with columns c0, c1 ... of the bytes of a COPY; all raise CopyDataError.

    While a batch is given out, `line` lines stand before it and `lines` are its own.
    """

    line: int
    lines: int

    def feed(self, data: bytes) -> Iterator[pa.RecordBatch]: ...

    def finish(self) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True)
class _Waiting:
    first_line: int
    lines: int
    rows: pa.RecordBatch


class CopyWriter:
    """All raise SqlFault. The columns of batches may change from typed values to text that the engine casts."""

    def __init__(self, context: Context, target: LoadTarget, reader: Reader) -> None:
        self._context = context
        self._target = target
        self._reader = reader
        self._count = 0
        self._count_before = self._count_rows() if target.where else 0
        self._loader: RowLoader | None = None
        self._schema: pa.Schema | None = None
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._context.output.flush()
        self._context.sql.check_room(StatementKind.INSERT)
        if self._loader is None or batch.schema != self._schema:
            self._change_loader(batch.schema)
        assert self._loader is not None  # noqa: S101 - changed
        self._waiting.append(_Waiting(self._reader.line + 1, self._reader.lines, batch))
        self._waiting_bytes += batch.nbytes
        self._count += batch.num_rows
        try:
            self._loader.append(batch)
        except SqlFault as fault:
            raise self._placed(fault) from fault
        if self._waiting_bytes >= _FLUSH_BYTES:
            self._flush()

    def finish(self) -> int:
        """All rows are in the table then; how many went there."""
        self._flush()
        return self._count_rows() - self._count_before if self._target.where else self._count

    def close(self) -> None:
        if self._loader is not None:
            self._loader.close()
            self._loader = None

    def _change_loader(self, schema: pa.Schema) -> None:
        self._flush()
        self.close()
        self._schema = schema
        types = {field.name: engine_type_of(field.type) for field in schema}
        compiled = self._context.compiler.compile(self._target.insert(types))
        self._loader = self._context.sql.loader(compiled.text, columns=types)

    def _flush(self) -> None:
        try:
            if self._loader is not None:
                self._loader.finish()
        except SqlFault as fault:
            raise self._placed(fault) from fault
        self._waiting, self._waiting_bytes = [], 0

    def _count_rows(self) -> int:
        compiled = self._context.compiler.compile(f"SELECT count(*) FROM {self._target.sql_name}")  # noqa: S608 - quoted
        return int(self._context.sql.ask(compiled.text)[0][0])

    def _placed(self, fault: SqlFault) -> SqlFault:
        """With the line, where the error is about a row; with all lines that went together where it cannot be told."""
        if not fault.sqlstate.startswith(("22", "23")) or not self._waiting:
            return fault
        for index, column in enumerate(self._target.columns):
            for waiting in self._waiting:
                row = _wrong_row(fault, column, waiting.rows.column(index))
                if row is not None and waiting.lines == waiting.rows.num_rows:
                    text = waiting.rows.column(index)[row].as_py()
                    place = value_place(waiting.first_line + row, column.name, text)
                    return replace(fault, context=f"COPY {self._target.name}, {place}")
        last = self._waiting[-1]
        first_line, last_line = self._waiting[0].first_line, last.first_line + last.lines - 1
        lines = f"line {last_line}" if first_line >= last_line else f"lines {first_line} to {last_line}"
        return replace(fault, context=f"COPY {self._target.name}, {lines}")


def _wrong_row(fault: SqlFault, column: TargetColumn, values: pa.Array) -> int | None:
    """The first value of a column that such an error is about."""
    if fault.sqlstate == "23502":
        is_it = fault.names.get("column", "").casefold() == column.name.casefold() and values.null_count
        return int(pc.index(values.is_null(), True).as_py()) if is_it else None
    if fault.sqlstate != "22P02" or not pa.types.is_string(values.type):
        return None
    if column.engine_type.startswith("ENUM("):
        labels = [label.replace("''", "'") for label in _ENUM_LABEL.findall(column.engine_type)]
        row = pc.index(pc.or_(pc.is_in(values, pa.array(labels, pa.string())), values.is_null()), False).as_py()
        return None if row < 0 else int(row)
    return _first_bad_json(values) if column.type.name == "json" else None


def _first_bad_json(values: pa.Array) -> int | None:
    for row, text in enumerate(values.to_pylist()):
        try:
            json.loads(text or "null")
        except ValueError:
            return row
    return None

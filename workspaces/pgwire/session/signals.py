"""`SELECT pg_cancel_backend(pid)` and `pg_terminate_backend(pid)`: one session stops another of the same workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pyarrow as pa

from workspaces.pgwire.session.context import Context
from workspaces.pgwire.values.types import BOOL
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import ResultColumn
from workspaces.services.run_query import Column
from workspaces.sql.statement import StatementKind

_NAMES: Final = frozenset({"PG_CANCEL_BACKEND", "PG_TERMINATE_BACKEND"})


class Signal(NamedTuple):
    name: str
    process_id: int

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        return (ResultColumn(self.name, BOOL),)


class SignalRows:
    """Whether it was sent, in the shape of the rows of a query."""

    returns_rows = True
    changed: int | None = None

    def __init__(self, name: str, *, was_sent: bool) -> None:
        self.columns: tuple[Column, ...] = (Column(name, "BOOLEAN"),)
        self._batch = pa.record_batch([pa.array([was_sent])], names=[name])

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield self._batch

    def keep_by(self, drain: Callable[[], None]) -> None:
        """They are kept already."""

    def close(self) -> None:
        """There is nothing to end."""


def signal_call(compiled: Compiled) -> Signal | None:
    """The call, where it is the only item of a SELECT without FROM and a number is its argument; else None."""
    tokens = compiled.user_tokens
    if compiled.kind is not StatementKind.SELECT or len(tokens) not in (5, 7) or tokens[0].word != "SELECT":
        return None
    rest = tokens[3:] if tokens[1].word == "PG_CATALOG" and tokens[2].text == "." else tokens[1:]
    if len(rest) != 4 or rest[0].word not in _NAMES or (rest[1].text, rest[3].text) != ("(", ")"):
        return None
    return Signal(rest[0].word.lower(), int(rest[2].text)) if rest[2].text.isdigit() else None


def send_signal(context: Context, signal: Signal) -> SignalRows:
    """False and a warning for what is no session of this workspace."""
    stop = context.stop_other
    was_sent = stop is not None and stop(signal.process_id, signal.name == "pg_terminate_backend")
    if not was_sent:
        context.output.notice("01000", f"PID {signal.process_id} is not a PostgreSQL server process")
    return SignalRows(signal.name, was_sent=was_sent)

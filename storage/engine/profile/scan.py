"""Scans: many aggregates over one table in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb

from storage.engine.monitor import Monitor
from storage.engine.preview_json import encoded_scalar_sql

T = TypeVar("T")
# Nested values are cut to this where even their cut form is too long.
_SHORTEST_CUT = 16


@dataclass(frozen=True)
class Measure:
    """One aggregate. With a `type` its value comes as the JSON text that previews show, without as Python's value.

    Texts and lists longer than `cut` are cut.
    """

    aggregate: str
    type: str | None = None
    cut: int | None = None

    def shown(self, name: str) -> str:
        """SQL for the value of the aggregate, which goes by that name."""
        if self.type is None:
            return name
        encoded = encoded_scalar_sql(name, self.type, cut=self.cut)
        if self.cut is None:
            return encoded
        shorter = encoded_scalar_sql(name, self.type, cut=_SHORTEST_CUT)
        # A character takes up to 12 bytes: an escaped surrogate pair.
        return f"CASE WHEN strlen({encoded}) <= {12 * self.cut + 2} THEN {encoded} ELSE {shorter} END"


class Scan:
    """The table of one profile: `source` is a qualified, quoted name. The connection's time zone must be UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str, monitor: Monitor) -> None:
        self._connection = connection
        self._source = source
        self._monitor = monitor
        self._start, self._end = 0.0, 1.0

    @contextmanager
    def part(self, start: float, end: float) -> Iterator[None]:
        """The scans of this block are the part from `start` to `end` (0 to 1) of the whole work."""
        self._start, self._end = start, end
        yield

    def batches(self, items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
        """The items in pieces of that size, each piece being its share of the running part of the work."""
        start, end = self._start, self._end
        for at in range(0, len(items), size):
            done, will_be_done = at / len(items), min(at + size, len(items)) / len(items)
            with self.part(start + (end - start) * done, start + (end - start) * will_be_done):
                yield items[at : at + size]
        self._start, self._end = start, end

    def count(self) -> int:
        return int(self._row(f"SELECT count(*) FROM {self._source}")[0])  # noqa: S608 - the name is quoted

    def measure(self, measures: Mapping[T, Measure], *, terms: Mapping[str, str] | None = None) -> dict[T, Any]:
        """The value of each measure, all from one pass. `terms` are names for expressions, computed once a row."""
        if not measures:
            return {}
        named = [(f"m{number}", measure) for number, measure in enumerate(measures.values())]
        aggregates = ", ".join(f"{measure.aggregate} AS {name}" for name, measure in named)
        shown = ", ".join(measure.shown(name) for name, measure in named)
        rows = self._source
        if terms:
            listed = ", ".join(f"{expression} AS {name}" for name, expression in terms.items())
            rows = f"(SELECT {listed} FROM {self._source})"  # noqa: S608 - names are quoted
        row = self._row(f"SELECT {shown} FROM (SELECT {aggregates} FROM {rows})")  # noqa: S608
        return dict(zip(measures, row, strict=True))

    def _row(self, sql: str) -> tuple[Any, ...]:
        with self._monitor.phase(self._connection, self._start, self._end):
            row = self._connection.execute(sql).fetchone()
        # Aggregates without GROUP BY have exactly one row.
        return tuple(row or ())

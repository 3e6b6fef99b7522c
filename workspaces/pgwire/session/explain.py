"""EXPLAIN as PostgreSQL's clients read it: one column `QUERY PLAN`, one row for each line, or one JSON document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.types import JSON, TEXT
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import ResultColumn
from workspaces.services.run_query import Column, Rows
from workspaces.services.sql_session import SqlSession
from workspaces.sql import statement as words

#: What PostgreSQL takes; what the engine has no such detail of changes nothing.
_OPTIONS: Final = frozenset({
    "analyze", "verbose", "costs", "settings", "generic_plan", "buffers", "wal", "timing", "summary", "serialize",
    "memory", "format",
})  # fmt: skip
#: Lines of a profile that has nothing but its total.
_EMPTY_PROFILE: Final = 5
_ALIAS: Final = re.compile(r'"?_v_([0-9A-Za-z_]+)"?(?:\."?main"?)?(?:\."?data"?)?')


class PlanRows:
    """The rows of a plan, in the shape of those of a query."""

    returns_rows = True
    changed: int | None = None
    columns: tuple[Column, ...] = (Column("QUERY PLAN", "VARCHAR"),)

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array(self._lines, pa.string())], names=["QUERY PLAN"])

    def keep_by(self, drain: Callable[[], None]) -> None:
        """They are kept already."""

    def close(self) -> None:
        """There is nothing to end."""


def explained(compiled: Compiled) -> Compiled:
    """The statement with the options that the engine has. Raises SqlFault for others."""
    detail = _detail(compiled)
    for name, _ in detail.options:
        if name not in _OPTIONS:
            raise SqlFault("42601", f'unrecognized EXPLAIN option "{name}"', position=compiled.place(0))
    options = [*(["ANALYZE"] if detail.is_analyze else []), *(["FORMAT JSON"] if _is_json(detail) else [])]
    return _with_head(compiled, f"EXPLAIN ({', '.join(options)}) " if options else "EXPLAIN ")


def _with_head(compiled: Compiled, head: str) -> Compiled:
    inner = compiled.statement.inner
    assert inner is not None  # noqa: S101 - by kind
    body = compiled.tokens[len(compiled.statement.tokens) - len(inner.tokens)].start
    # As long as what stood before the query, where it fits, so that positions are still right.
    return replace(compiled, text=head.ljust(body) + compiled.text[body:])


def plan_columns(compiled: Compiled) -> tuple[ResultColumn, ...]:
    return (ResultColumn("QUERY PLAN", JSON if _is_json(_detail(compiled)) else TEXT),)


def plan_rows(rows: Rows, compiled: Compiled, sql: SqlSession, values: Sequence[tuple[str, Any]]) -> PlanRows:
    """What the engine tells of its plan, read to its end, with the names that users know. Raises SqlFault."""
    texts = _texts(rows)
    if _is_json(_detail(compiled)):
        return PlanRows([_named(text, sql) for text in texts])
    lines = [line.rstrip() for text in texts for line in _plan_lines(text)]
    if _detail(compiled).is_analyze and len(lines) <= _EMPTY_PROFILE:
        # A statement that the engine binds anew when it runs has a profile without operators (1.5.5).
        plain = _with_head(compiled, "EXPLAIN ")
        with closing(sql.prepare(plain.text, plain.tokens)) as query:
            lines += [line.rstrip() for text in _texts(query.execute(values)) for line in _plan_lines(text)]
    return PlanRows([_named(line, sql) for line in lines])


def _texts(rows: Rows) -> list[str]:
    with closing(rows):
        return [text for batch in rows.batches() for text in batch.columns[-1].to_pylist() if text]


def _named(text: str, sql: SqlSession) -> str:
    return _ALIAS.sub(lambda found: sql.shown_name(found[1]), text)


def _plan_lines(text: str) -> list[str]:
    """The lines without the echo of the statement, which is not in the client's words."""
    lines = text.rstrip("\n").split("\n")
    for index, line in enumerate(lines):
        if "Total Time" in line:
            return lines[max(index - 2, 0) :]
    return lines


def _detail(compiled: Compiled) -> words.Explain:
    assert isinstance(compiled.statement.detail, words.Explain)  # noqa: S101 - by kind
    return compiled.statement.detail


def _is_json(detail: words.Explain) -> bool:
    wanted = dict(detail.options).get("format", "text")
    if wanted in ("text", "json"):
        return wanted == "json"
    if wanted in ("xml", "yaml"):
        raise SqlFault("0A000", f"EXPLAIN with FORMAT {wanted.upper()} is not supported")
    raise SqlFault("22023", f'unrecognized value for EXPLAIN option "format": "{wanted}"')

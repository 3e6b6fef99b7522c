"""What a statement of a session is in the engine, and what its rows look like to a client of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.types import TEXT, PostgresType, engine_cast, parameter_type, postgres_type
from workspaces.services.compile_sql import Compiled
from workspaces.services.run_query import Column, Query
from workspaces.services.sql_session import SqlSession
from workspaces.sql.column_names import shown_names
from workspaces.sql.lexer import TokenKind
from workspaces.sql.statement import StatementKind

_WRAPPED = frozenset({StatementKind.SELECT})


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: PostgresType


def prepare(sql: SqlSession, compiled: Compiled, oids: Sequence[int] = ()) -> tuple[Query, tuple[int, ...]]:
    """The engine's statement, and the type of each parameter: as declared, else as the engine infers it, else text.

    Raises SqlFault with its place in the client's text.
    """
    try:
        query = sql.prepare(compiled.text, compiled.tokens)
        types = query.parameter_types
        if not types:
            return _presentable(sql, compiled, query), tuple(oids)
        count = max(*types, len(oids), 0) if types else len(oids)
        declared = [*oids, *([0] * (count - len(oids)))]
        known = tuple(declared[number - 1] or _inferred(types.get(number)) for number in range(1, count + 1))
        if any(found is None for found in types.values()):
            query.close()
            compiled = with_casts(compiled, known, {number for number, found in types.items() if found is None})
            query = sql.prepare(compiled.text, compiled.tokens)
        return _presentable(sql, compiled, query), known
    except SqlFault as fault:
        raise fault.moved(compiled.place(fault.position)) from fault


def columns_of(query: Query, compiled: Compiled) -> tuple[ResultColumn, ...]:
    """What its rows look like to a client."""
    types = types_of(query.columns)
    names = [column.name for column in query.columns]
    if compiled.kind is StatementKind.SELECT:
        names = shown_names(names, [each.name for each in types], compiled.tokens)
    return tuple(ResultColumn(name, wanted) for name, wanted in zip(names, types, strict=True))


def types_of(columns: Sequence[Column]) -> list[PostgresType]:
    return [postgres_type(column.type) for column in columns]


def with_casts(compiled: Compiled, oids: Sequence[int], open_numbers: set[int]) -> Compiled:
    """The statement with a type for each parameter that the engine knows none of."""
    parts, position = [], 0
    for token in compiled.tokens:
        if token.kind == TokenKind.PARAMETER and token.text[1:].isdigit() and int(token.text[1:]) in open_numbers:
            wanted = parameter_type(oids[int(token.text[1:]) - 1]) or "VARCHAR"
            parts += [compiled.text[position : token.start], f"CAST({token.text} AS {wanted})"]
            position = token.end
    return replace(compiled, text="".join([*parts, compiled.text[position:]]))


def _presentable(sql: SqlSession, compiled: Compiled, query: Query) -> Query:
    """The query, or one around it that gives columns without an Arrow form as text."""
    casts = [engine_cast(column.type) for column in query.columns]
    if compiled.kind not in _WRAPPED or not any(casts):
        return query
    names = [f"c{index}" for index in range(len(casts))]
    chosen = ", ".join(
        f"{name if cast is None else f'CAST({name} AS {cast})'} AS {_quoted(column.name)}"
        for name, cast, column in zip(names, casts, query.columns, strict=True)
    )
    query.close()
    return sql.prepare(f"SELECT {chosen} FROM ({compiled.text}\n) AS q({', '.join(names)})", compiled.tokens)  # noqa: S608 - names of ours, and what the user may run


def _inferred(duckdb_type: str | None) -> int:
    return TEXT.oid if duckdb_type is None else postgres_type(duckdb_type).oid


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

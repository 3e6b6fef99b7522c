"""What a statement of a session is in the engine, and what its rows look like to a client of PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workspaces.pgcatalog.result_types import parameter_type_of, result_types
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.types import (
    NUMERIC,
    TEXT,
    PostgresType,
    array_of,
    engine_cast,
    parameter_type,
    postgres_type,
)
from workspaces.services.alter_view import with_kind_of_target
from workspaces.services.compile_sql import Compiled
from workspaces.services.run_query import Column, Query
from workspaces.services.sql_session import SqlSession
from workspaces.sql.catalog_types import column_types
from workspaces.sql.column_names import shown_names
from workspaces.sql.lexer import TokenKind, tokenize
from workspaces.sql.open_parameters import neighbours, parameter_number
from workspaces.sql.statement import Show, StatementKind

_WRAPPED = frozenset({StatementKind.SELECT})
#: Types for parameters that stand alone, as PostgreSQL chooses: text, else its favourite number, else what counts.
_GUESSES = (TEXT.oid, postgres_type("DOUBLE").oid, postgres_type("BIGINT").oid)


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: PostgresType


def prepare(sql: SqlSession, compiled: Compiled, oids: Sequence[int] = ()) -> tuple[Query, tuple[int, ...]]:
    """The engine's statement, and the type of each parameter: as declared, else as the engine infers it, else text.

    Raises SqlFault with its place in the client's text.
    """
    try:
        _check_gaps(compiled)
        compiled = with_kind_of_target(sql, compiled)
        query = sql.prepare(compiled.text, compiled.tokens)
        types = query.parameter_types
        if not types:
            return _presentable(sql, compiled, query), tuple(oids)
        open_numbers = {number for number, found in types.items() if found is None}
        count = max([*types, len(oids)])
        declared = [*oids, *([0] * (count - len(oids)))]
        query, compiled = _without_mixed_types(sql, compiled, query, types)
        known = [declared[number - 1] or _inferred(types.get(number), compiled) for number in range(1, count + 1)]
        if open_numbers:
            query.close()
            undeclared = {number for number in open_numbers if not declared[number - 1]}
            for number, oid in _neighbours_types(sql, compiled, undeclared).items():
                known[number - 1] = oid
                undeclared.discard(number)
            source = compiled
            query, compiled = _prepare_open(sql, source, known, open_numbers, undeclared)
            query = _presentable(sql, compiled, query)
            _let_scales_vary(sql, source, query, known, open_numbers)
            return query, tuple(known)
        _complete_columns(sql, compiled, query, known)
        return _presentable(sql, compiled, query), tuple(known)
    except SqlFault as fault:
        raise _told(sql, compiled, fault) from fault


def _told(sql: SqlSession, compiled: Compiled, fault: SqlFault) -> SqlFault:
    """The fault in the client's terms: project tables are views to the engine, which says that they are no tables."""
    target = compiled.statement.targets[0] if compiled.statement.targets else ()
    is_about_kind = fault.sqlstate == "42809" or "base table" in fault.message
    if is_about_kind and target and sql.view.has_table(target[-1]):
        hint = "Project tables are read-only. Create your own tables in the schema public."
        return SqlFault("42501", f"permission denied for table {target[-1]}", hint=hint)
    if (
        compiled.kind is StatementKind.SHOW
        and fault.sqlstate == "3F000"
        and isinstance(compiled.statement.detail, Show)
    ):
        return SqlFault("42704", f'unrecognized configuration parameter "{compiled.statement.detail.name}"')
    return fault.moved(compiled.place(fault.position))


def columns_of(query: Query, compiled: Compiled) -> tuple[ResultColumn, ...]:
    """What its rows look like to a client."""
    types = types_of(query.columns, compiled)
    if query.numerics:
        # Their scale is that of the values.
        types = [replace(each, typmod=-1) if NUMERIC.oid in (each.oid, each.element_oid) else each for each in types]
    names = [column.name for column in query.columns]
    if compiled.kind is StatementKind.SELECT:
        names = shown_names(names, [each.name for each in types], compiled.client_tokens)
    return tuple(ResultColumn(name, wanted) for name, wanted in zip(names, types, strict=True))


def types_of(columns: Sequence[Column], compiled: Compiled | None = None) -> list[PostgresType]:
    """PostgreSQL's types of the columns; a statement that asks the catalogs has PostgreSQL's own, such as oid."""
    if compiled is None or not compiled.asks_catalog:
        return [postgres_type(column.type) for column in columns]
    return result_types([column.type for column in columns], column_types(compiled.client_tokens))


def with_casts(compiled: Compiled, oids: Sequence[int], open_numbers: set[int]) -> Compiled:
    """The statement with a type for each parameter that the engine knows none of."""
    casts = {number: _cast(f"${number}", oids[number - 1]) for number in open_numbers}
    return replace(compiled, text=_replaced(compiled, casts))


def _check_gaps(compiled: Compiled) -> None:
    """Raise SqlFault 42P18 for a number below others that is not used: the engine cannot tell them apart then."""
    numbers = {parameter_number(token) for token in compiled.tokens if token.kind == TokenKind.PARAMETER} - {0}
    if numbers and len(numbers) < max(numbers):
        missing = min(set(range(1, max(numbers))) - numbers)
        raise SqlFault("42P18", f"could not determine data type of parameter ${missing}")


def _without_mixed_types(
    sql: SqlSession, compiled: Compiled, query: Query, types: Mapping[int, str | None]
) -> tuple[Query, Compiled]:
    """The statement with one type for a parameter that stands in it more than once.

    Where one place tells its type and another, such as typeof($1), none, the engine breaks when it runs (1.5.5).
    """
    counts = Counter(parameter_number(token) for token in compiled.tokens)
    casts = {number: f"CAST(${number} AS {found})" for number, found in types.items() if found and counts[number] > 1}
    if not casts:
        return query, compiled
    typed = replace(compiled, text=_replaced(compiled, casts))
    typed = replace(typed, tokens=tuple(tokenize(typed.text)))
    try:
        again = sql.prepare(typed.text, typed.tokens)
    except SqlFault:
        return query, compiled
    query.close()
    return again, typed


def _let_scales_vary(
    sql: SqlSession, compiled: Compiled, query: Query, oids: Sequence[int], open_numbers: set[int]
) -> None:
    """Numerics whose type the statement does not tell are as exact as their values."""
    numerics = {number for number in open_numbers if oids[number - 1] in (NUMERIC.oid, array_of(NUMERIC).oid)}
    if not numerics:
        return

    def again(types: Mapping[int, str]) -> Query:
        casts = {number: _cast(f"${number}", oids[number - 1]) for number in open_numbers}
        casts |= {number: f"CAST(${number} AS {found})" for number, found in types.items()}
        typed = replace(compiled, text=_replaced(compiled, casts))
        return _presentable(sql, typed, sql.prepare(typed.text, typed.tokens))

    query.let_scales_vary(numerics, again)


def _cast(expression: str, oid: int) -> str:
    return f"CAST({expression} AS {parameter_type(oid) or 'VARCHAR'})"


def _replaced(compiled: Compiled, expressions: Mapping[int, str]) -> str:
    """The text with these expressions in the places of parameters."""
    parts, position = [], 0
    for token in compiled.tokens:
        if (expression := expressions.get(parameter_number(token))) is not None:
            parts += [compiled.text[position : token.start], expression]
            position = token.end
    return "".join([*parts, compiled.text[position:]])


def _neighbours_types(sql: SqlSession, compiled: Compiled, numbers: set[int]) -> dict[int, int]:
    """The types that the operators around these parameters ask for, as far as the engine can tell."""
    found = {}
    for number, neighbour in neighbours(compiled.text, compiled.tokens, numbers).items():
        text = _replaced(compiled, {number: neighbour.probe.format(f"${number}")})
        try:
            query = sql.prepare(text, compiled.tokens)
        except SqlFault:
            continue
        inferred = query.parameter_types.get(number)
        query.close()
        if inferred is not None:
            found[number] = postgres_type(neighbour.parameter_type(inferred)).oid
    return found


def _prepare_open(
    sql: SqlSession, compiled: Compiled, known: list[int], open_numbers: set[int], unknown: set[int]
) -> tuple[Query, Compiled]:
    """The statement with types for the open parameters; the `unknown` among them become the first type that fits all.

    Sets these in `known`. Raises the SqlFault that text gets, which comes first.
    """
    first: SqlFault | None = None
    for guess in _GUESSES if unknown else _GUESSES[:1]:
        for number in unknown:
            known[number - 1] = guess
        typed = with_casts(compiled, known, open_numbers)
        try:
            query = sql.prepare(typed.text, typed.tokens)
            _complete_columns(sql, compiled, query, known)
            return query, typed
        except SqlFault as fault:
            first = first or fault
            if fault.sqlstate != "42883":
                break
    assert first is not None  # noqa: S101 - every turn returns or sets it
    raise first


def _complete_columns(sql: SqlSession, compiled: Compiled, query: Query, oids: Sequence[int]) -> None:
    """Find the columns of table functions (`unnest($1)`), which the engine tells for values only."""
    if query.returns_rows and not query.columns:
        # NULL would do for all, but it fits everywhere: a guess has to prove itself.
        samples = {number: _cast("'0'" if oid in _GUESSES else "NULL", oid) for number, oid in enumerate(oids, start=1)}
        with_samples = sql.prepare(_replaced(compiled, samples), compiled.tokens)
        query.tell_columns(with_samples.columns)
        with_samples.close()


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


def _inferred(duckdb_type: str | None, compiled: Compiled) -> int:
    if duckdb_type is None:
        return TEXT.oid
    return (parameter_type_of if compiled.asks_catalog else postgres_type)(duckdb_type).oid


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def same_types(shown: Sequence[PostgresType], found: Sequence[PostgresType]) -> bool:
    """Whether a client that was told the one can read the other; a numeric without a modifier is one of any scale."""
    return len(shown) == len(found) and all(
        each == other or (each.oid == other.oid and each.typmod == -1) for each, other in zip(shown, found, strict=True)
    )

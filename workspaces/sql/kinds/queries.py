"""Statements that read or change rows: SELECT in all its shapes, INSERT, UPDATE, DELETE, MERGE, EXPLAIN."""

from __future__ import annotations

from workspaces.sql.kinds.building import Inner
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.reading import Reader, comma_separated
from workspaces.sql.statement import Chain, Explain, Show, Statement, StatementKind

_CHANGES = {
    "INSERT": StatementKind.INSERT,
    "UPDATE": StatementKind.UPDATE,
    "DELETE": StatementKind.DELETE,
    "MERGE": StatementKind.MERGE,
}
ENGINE_LISTS = ("TABLES", "SCHEMAS", "DATABASES", "COLUMNS")
_TAGS = {StatementKind.INSERT: "INSERT 0"}
_QUERY_WORDS = frozenset({
    "SELECT", "WITH", "FROM", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "PIVOT", "UNPIVOT", "DESCRIBE",
    "SUMMARIZE", "CREATE",
})  # fmt: skip


def select(reader: Reader, inner: Inner) -> Statement:
    """Whatever answers rows by itself: SELECT, VALUES, TABLE, FROM, DESCRIBE, SUMMARIZE, PIVOT, UNPIVOT.

    DESCRIBE of nothing or of a list is the engine's other spelling of SHOW.
    """
    if reader.word in ("DESCRIBE", "DESC") and is_engine_list(reader, reader.index + 1):
        words = " ".join(token.text for token in reader.tokens[1:]).lower()
        detail = Show(words or "tables", is_engine_list=True)
        return Statement(StatementKind.SHOW, tuple(reader.tokens), "SHOW", returns_rows=True, detail=detail)
    return Statement(StatementKind.SELECT, tuple(reader.tokens), "SELECT", returns_rows=True, counts_rows=True)


def is_engine_list(reader: Reader, index: int) -> bool:
    """Whether the words from there on are one of DuckDB's lists of objects, or nothing."""
    words = [token.word or token.text for token in reader.tokens[index : index + 2]]
    return not words or words[0] in (*ENGINE_LISTS, ")") or words == ["ALL", "TABLES"]


def parenthesised(reader: Reader, inner: Inner) -> Statement:
    """A query in brackets, which may be one side of a UNION; nothing else may stand in brackets."""
    while reader.text == "(":
        reader.take()
    if reader.word not in _QUERY_WORDS:
        raise reader.unexpected()
    return select(reader, inner)


def change(reader: Reader, inner: Inner) -> Statement:
    """INSERT, UPDATE, DELETE and MERGE; with RETURNING they answer rows."""
    if reader.word == "UPDATE" and reader.word_at(1) == "EXTENSIONS" and reader.text_at(2) in ("", "("):
        return Statement(StatementKind.UPDATE_EXTENSIONS, tuple(reader.tokens), "UPDATE EXTENSIONS", writes=True)
    kind = _CHANGES[reader.take().word]
    target = _target(reader, kind)
    returns_rows = any(token.word == "RETURNING" for token in reader.tokens)
    return Statement(
        kind,
        tuple(reader.tokens),
        _TAGS.get(kind, kind.upper()),
        returns_rows=returns_rows,
        writes=True,
        counts_rows=True,
        targets=(target,),
    )


def with_(reader: Reader, inner: Inner) -> Statement:
    """WITH: the kind of the statement behind the last common table expression."""
    reader.take()
    reader.accept("RECURSIVE")
    changes = False
    while True:
        changes = _skip_expression(reader) in _CHANGES or changes
        if not reader.accept_text(","):
            break
    word = reader.word
    if word in _CHANGES:
        return change(reader, inner)
    if not word and reader.text != "(":
        raise reader.unexpected()
    return Statement(
        StatementKind.SELECT, tuple(reader.tokens), "SELECT", returns_rows=True, writes=changes, counts_rows=True
    )


def explain(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    options: dict[str, str] = {}
    if reader.text == "(" and reader.word_at(1) not in _QUERY_WORDS and reader.text_at(1) != "(":
        for part in comma_separated(reader.group()):
            name, *value = part
            options[name.text.lower()] = " ".join(token.value for token in value).lower() or "true"
    while word := reader.accept_any("ANALYZE", "ANALYSE", "VERBOSE"):
        options["analyze" if word == "ANALYSE" else word.lower()] = "true"
    body = reader.rest()
    if not body:
        raise reader.unexpected()
    statement, detail = inner(body), Explain(tuple(options.items()))
    return Statement(
        StatementKind.EXPLAIN,
        tuple(reader.tokens),
        "EXPLAIN",
        returns_rows=True,
        writes=detail.is_analyze and statement.writes,
        detail=detail,
        targets=statement.targets,
        inner=statement,
    )


def _target(reader: Reader, kind: StatementKind) -> Chain:
    if kind == StatementKind.INSERT:
        if reader.accept("OR"):
            reader.take()
        reader.expect("INTO")
    elif kind == StatementKind.MERGE:
        reader.expect("INTO")
    elif kind == StatementKind.DELETE:
        reader.expect("FROM")
    if reader.token is not None and reader.token.kind == TokenKind.WORD and reader.word_at(1):
        reader.accept("ONLY")
    return reader.chain()


def _skip_expression(reader: Reader) -> str:
    """Step over `name (columns) [USING KEY (...)] AS [NOT] [MATERIALIZED] (...)`; the first word of its body."""
    reader.name()
    if reader.text == "(":
        reader.group()
    if reader.accept("USING", "KEY"):
        reader.group()
    reader.expect("AS")
    reader.accept("NOT")
    reader.accept("MATERIALIZED")
    if reader.text != "(":
        raise reader.unexpected()
    body: tuple[Token, ...] = reader.group()
    return body[0].word if body else ""

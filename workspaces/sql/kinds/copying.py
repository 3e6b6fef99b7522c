"""COPY in the new and the old spelling, as psql, asyncpg, DuckDB's extension and dump files write it."""

from __future__ import annotations

from collections.abc import Sequence

from workspaces.sql.errors import SqlError
from workspaces.sql.kinds.building import Inner
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.reading import Reader, comma_separated, span
from workspaces.sql.statement import Copy, Span, Statement, StatementKind

Options = dict[str, "str | tuple[str, ...]"]

_BOOLEANS = frozenset({"header", "freeze", "oids"})
_TEXTS = frozenset(
    {"format", "delimiter", "null", "quote", "escape", "encoding", "default", "on_error", "log_verbosity"}
)
_COLUMNS = frozenset({"force_quote", "force_not_null", "force_null"})


def copy(reader: Reader, inner: Inner) -> Statement:
    """COPY; the engine must never see one (its STDIN and STDOUT are those of the server)."""
    reader.take()
    if reader.word == "FROM" and reader.word_at(1) == "DATABASE":
        return Statement(StatementKind.COPY_DATABASE, tuple(reader.tokens), "COPY", writes=True)
    options: Options = {}
    if reader.word == "BINARY" and reader.word_at(1) not in ("FROM", "TO") and reader.text_at(1) not in ("(", "."):
        reader.take()
        options["format"] = "binary"
    query: tuple[Token, ...] = ()
    target: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    if reader.text == "(":
        query = reader.group()
        if not query:
            raise reader.unexpected()
    else:
        target = reader.chain()
        columns = _columns(reader)
    direction = reader.accept_any("FROM", "TO").lower()
    if not direction or (query and direction == "from"):
        raise reader.unexpected()
    is_program = reader.word == "PROGRAM" and reader.text_at(1) != "" and bool(reader.take())
    file = _file(reader)
    where = _options(reader, options, is_from=direction == "from")
    detail = Copy(
        direction, target, span(query) if query else None, columns, file, is_program, tuple(options.items()), where
    )
    return Statement(
        StatementKind.COPY,
        tuple(reader.tokens),
        "COPY",
        writes=direction == "from",
        counts_rows=True,
        detail=detail,
        targets=(target,) if target and direction == "from" else (),
        inner=inner(query) if query else None,
    )


def _columns(reader: Reader) -> tuple[str, ...]:
    if reader.text != "(":
        return ()
    names = []
    for part in comma_separated(reader.group()):
        column = Reader(part)
        names.append(column.name())
        column.expect_end()
    return tuple(names)


def _file(reader: Reader) -> str | None:
    """None for STDIN and STDOUT, which PostgreSQL takes in either direction; else what was named."""
    if reader.accept_any("STDIN", "STDOUT"):
        return None
    if reader.text == "(":
        return " ".join(token.text for token in reader.group())
    token = reader.take()
    if token.is_string:
        return token.value
    if token.is_name:
        reader.index -= 1
        return ".".join(reader.chain())
    if token.kind == TokenKind.PARAMETER:
        return token.text
    reader.index -= 1
    raise reader.unexpected()


def _options(reader: Reader, options: Options, *, is_from: bool) -> Span | None:
    """Fill the options; answers the span of the condition after WHERE."""
    while not reader.is_done and not (is_from and reader.word == "WHERE"):
        reader.accept("WITH")
        if reader.text == "(":
            for part in comma_separated(reader.group()):
                _new_option(Reader(part), options)
        elif not reader.is_done and reader.word != "WHERE":
            _old_option(reader, options)
    if reader.is_done:
        return None
    reader.expect("WHERE")
    if reader.is_done:
        raise reader.unexpected()
    return span(reader.rest())


def _new_option(reader: Reader, options: Options) -> None:
    position = reader.position
    name = reader.name().lower()
    if name not in _BOOLEANS | _TEXTS | _COLUMNS:
        raise SqlError(f'option "{name}" not recognized', position=position)
    if name in options and not (name == "format" and options[name] == "binary"):
        raise SqlError("conflicting or redundant options", position=position)
    if name in _COLUMNS:
        options[name] = _column_list(reader)
    else:
        options[name] = _option_value(reader) if not reader.is_done else "true"
    if name == "format":
        options[name] = str(options[name]).lower()
    reader.expect_end()


def _option_value(reader: Reader) -> str:
    token = reader.token
    if token is not None and (token.is_string or token.is_name):
        reader.take()
        return token.text.lower() if token.kind == TokenKind.WORD else token.value
    return str(reader.integer())


def _column_list(reader: Reader) -> tuple[str, ...]:
    if reader.accept_text("*"):
        return ("*",)
    if reader.text == "(":
        group = reader.group()
        return ("*",) if _is_star(group) else tuple(Reader(part).name() for part in comma_separated(group))
    names = [reader.name()]
    while reader.accept_text(","):
        names.append(reader.name())
    return tuple(names)


def _is_star(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].text == "*"


def _old_option(reader: Reader, options: Options) -> None:
    """One of the options that stood behind the statement before PostgreSQL 9.0."""
    reader.accept("USING")
    word = reader.accept_any(
        "BINARY",
        "CSV",
        "FREEZE",
        "OIDS",
        "HEADER",
        "DELIMITER",
        "DELIMITERS",
        "NULL",
        "QUOTE",
        "ESCAPE",
        "ENCODING",
        "FORCE",
    )
    if word in ("BINARY", "CSV"):
        options["format"] = word.lower()
    elif word in ("FREEZE", "OIDS", "HEADER"):
        options[word.lower()] = "true"
    elif word == "FORCE":
        name = "force_quote" if reader.accept("QUOTE") else "force_null" if reader.accept("NULL") else "force_not_null"
        if name == "force_not_null":
            reader.expect("NOT", "NULL")
        options[name] = _column_list(reader)
    elif word:
        reader.accept("AS")
        options[word.lower().removesuffix("s") if word == "DELIMITERS" else word.lower()] = reader.string()
    else:
        raise reader.unexpected()

"""CREATE, DROP, ALTER, COMMENT and TRUNCATE: the kind of object and which objects."""

from __future__ import annotations

from workspaces.sql.kinds import building
from workspaces.sql.kinds.building import Inner
from workspaces.sql.lexer import TokenKind
from workspaces.sql.reading import Reader
from workspaces.sql.statement import Chain, Definition, Statement, StatementKind

_MODIFIERS = (
    "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "PERSISTENT", "RECURSIVE", "UNIQUE", "CONSTRAINT", "TRUSTED",
    "PROCEDURAL",
)  # fmt: skip
_TWO_WORDS = (
    ("MATERIALIZED", "VIEW"), ("FOREIGN", "TABLE"), ("EVENT", "TRIGGER"), ("USER", "MAPPING"), ("TEXT", "SEARCH"),
    ("ACCESS", "METHOD"), ("DEFAULT", "PRIVILEGES"), ("MACRO", "TABLE"), ("FOREIGN", "DATA"), ("OPERATOR", "CLASS"),
    ("OPERATOR", "FAMILY"), ("LARGE", "OBJECT"),
)  # fmt: skip
_TAGS = {"MACRO": "FUNCTION", "MACRO TABLE": "FUNCTION", "USER": "ROLE", "GROUP": "ROLE"}


def create(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    or_replace = reader.accept("OR", "REPLACE")
    modifiers = set()
    while word := reader.accept_any(*_MODIFIERS):
        modifiers.add(word)
    kind = _object_type(reader)
    detail = Definition(kind, bool(modifiers & {"TEMP", "TEMPORARY"}), _if_exists(reader), or_replace)
    if kind == "INDEX":
        return _create_index(reader, detail)
    targets = _created(reader, kind)
    body = _body(reader) if kind in ("TABLE", "VIEW", "MATERIALIZED VIEW") else 0
    if kind == "TABLE" and body:
        return Statement(
            StatementKind.CREATE_TABLE_AS,
            tuple(reader.tokens),
            "SELECT",
            writes=True,
            counts_rows=True,
            detail=detail,
            targets=targets,
            inner=inner(reader.tokens[body:]),
        )
    return Statement(
        StatementKind.CREATE,
        tuple(reader.tokens),
        f"CREATE {_TAGS.get(kind, kind)}",
        writes=True,
        detail=detail,
        targets=targets,
        inner=inner(reader.tokens[body:]) if body else None,
    )


def drop(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    is_temporary = bool(reader.accept_any("TEMPORARY", "TEMP", "PERSISTENT"))
    kind = _object_type(reader)
    detail = Definition(kind, is_temporary, _if_exists(reader))
    targets = building.chains(reader) if reader.token is not None and reader.token.is_name else ()
    return _changing(reader, StatementKind.DROP, f"DROP {_TAGS.get(kind, kind)}", detail, targets)


def alter(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    kind = _object_type(reader)
    detail = Definition(kind, if_exists=_if_exists(reader))
    reader.accept("ONLY")
    targets = (reader.chain(),) if reader.token is not None and reader.token.is_name else ()
    return _changing(reader, StatementKind.ALTER, f"ALTER {_TAGS.get(kind, kind)}", detail, targets)


def comment(reader: Reader, inner: Inner) -> Statement:
    """COMMENT ON; the target of a column's comment is its table."""
    reader.take()
    reader.expect("ON")
    kind = _object_type(reader)
    chain = reader.chain()
    if kind == "COLUMN":
        chain = chain[:-1]
    return _changing(reader, StatementKind.COMMENT, "COMMENT", Definition(kind), (chain,) if chain else ())


def truncate(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    reader.accept("TABLE")
    return _changing(reader, StatementKind.TRUNCATE, "TRUNCATE TABLE", None, building.chains(reader))


def _changing(
    reader: Reader, kind: StatementKind, tag: str, detail: Definition | None, targets: tuple[Chain, ...]
) -> Statement:
    return Statement(kind, tuple(reader.tokens), tag, writes=True, detail=detail, targets=targets)


def _object_type(reader: Reader) -> str:
    for words in _TWO_WORDS:
        if reader.accept(*words):
            return " ".join(words)
    word = reader.word
    if not word:
        raise reader.unexpected()
    reader.take()
    return word


def _if_exists(reader: Reader) -> bool:
    reader.accept("CONCURRENTLY")
    return reader.accept("IF", "NOT", "EXISTS") or reader.accept("IF", "EXISTS")


def _created(reader: Reader, kind: str) -> tuple[Chain, ...]:
    if reader.token is None or not reader.token.is_name:
        return ()
    if kind == "SCHEMA" and reader.word == "AUTHORIZATION":
        return ()
    return (reader.chain(),)


def _create_index(reader: Reader, detail: Definition) -> Statement:
    """CREATE INDEX [name] ON table: both are targets."""
    named = () if reader.word == "ON" else (reader.chain(),)
    reader.expect("ON")
    reader.accept("ONLY")
    return _changing(reader, StatementKind.CREATE, "CREATE INDEX", detail, (*named, reader.chain()))


def _body(reader: Reader) -> int:
    """Index of the first token behind the AS outside of all brackets; 0 if there is none."""
    depth = 0
    for place in range(reader.index, len(reader.tokens)):
        token = reader.tokens[place]
        if token.kind == TokenKind.PUNCTUATION:
            depth += (token.text in "([{") - (token.text in ")]}")
        elif depth == 0 and token.word == "AS":
            return place + 1 if place + 1 < len(reader.tokens) else 0
    return 0

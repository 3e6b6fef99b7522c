"""Names of PostgreSQL's types in casts and column definitions: jsonb, timestamptz(3), money, inet, ...

Every ORM, dbt and pg_dump write them. Ranges, which nothing here can hold, are refused with 0A000.
"""

from __future__ import annotations

from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets
from workspaces.sql.rewrite.edits import Change, Edit
from workspaces.sql.rewrite.operands import closing

_TEXT_LIKE = ("inet", "cidr", "macaddr", "macaddr8", "tsvector", "tsquery", "xml", "hstore", "citext", "name")
_TYPES = {**dict.fromkeys(_TEXT_LIKE, "VARCHAR"), "jsonb": "JSON", "money": "DECIMAL(19,2)", "varbit": "BIT"}
#: Arrays by the names that PostgreSQL's catalog has for them: asyncpg and pgjdbc write those.
_ELEMENTS = (
    *("bool", "bytea", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "date"),
    *("time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "name"),
)
_TYPES |= {f"_{name}": f"{_TYPES.get(name, name)}[]" for name in _ELEMENTS}
_RANGES = frozenset({"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"})
_TIMES = frozenset({"timestamptz", "timestamp", "timetz", "time"})

#: Digits up to which PostgreSQL's FLOAT(p) is a REAL. Without p it is not: the engine's own FLOAT would lose digits.
_REAL_DIGITS = 24

TRIGGER = r"\b(?:" + "|".join([*_TYPES, *_RANGES, r"timestamptz?\s*\(", r"timetz?\s*\(", r"float(?![\w])"]) + r")"


def change(tokens: list[Token], text: str) -> Change:
    edits: list[Edit] = []
    brackets = Brackets(tokens)
    is_definition = bool(tokens) and tokens[0].word in ("CREATE", "ALTER")
    for index, token in enumerate(tokens):
        if token.kind not in (TokenKind.WORD, TokenKind.QUOTED):
            continue
        name = token.value.lower()
        if (name in _TYPES or name in _RANGES or name in _TIMES or name == "float") and _is_type(
            tokens, index, is_definition=is_definition, brackets=brackets
        ):
            edits += _edit(tokens, index, name)
    return Change(tuple(edits))


def _edit(tokens: list[Token], index: int, name: str) -> list[Edit]:
    token = tokens[index]
    if name in _RANGES:
        raise SqlError(f"type {name} is not supported", sqlstate="0A000", position=token.start)
    if name in _TYPES:
        begin = tokens[index - 2].start if _is_qualified(tokens, index) else token.start
        return [Edit(begin, token.end, _TYPES[name])]
    if name == "float":
        return [_float(tokens, index)]
    if index + 1 >= len(tokens) or tokens[index + 1].text != "(":
        return []
    end = closing(tokens, index + 1)
    if end is None:
        return []
    has_zone = name.endswith("tz") or [item.word for item in tokens[end + 1 : end + 4]] == ["WITH", "TIME", "ZONE"]
    if name == "timestamp" and not has_zone:
        return []
    return [Edit(token.end, tokens[end].end, "")]


def _float(tokens: list[Token], index: int) -> Edit:
    digits = tokens[index + 2] if tokens[index + 1 : index + 2] and tokens[index + 1].text == "(" else None
    if digits is None or digits.kind != TokenKind.NUMBER:
        return Edit(tokens[index].start, tokens[index].end, "DOUBLE")
    wanted = "REAL" if int(digits.text) <= _REAL_DIGITS else "DOUBLE"
    return Edit(tokens[index].start, tokens[min(index + 3, len(tokens) - 1)].end, wanted)


def _is_qualified(tokens: list[Token], index: int) -> bool:
    return index >= 2 and tokens[index - 1].text == "." and tokens[index - 2].value.lower() == "pg_catalog"


def _is_type(tokens: list[Token], index: int, *, is_definition: bool, brackets: Brackets) -> bool:
    """Whether a name stands where only a type can: after `::`, in CAST, before a literal, in a column's definition."""
    first = index - 2 if _is_qualified(tokens, index) else index
    before = tokens[first - 1] if first else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None:
        return False
    if before.kind == TokenKind.CAST:
        return True
    if before.word == "AS" and after is not None and after.text in (")", "[", "("):
        return _is_in_cast(tokens, first - 1, brackets)
    if after is not None and after.is_string and tokens[index].value.lower() != "name":
        return before.kind != TokenKind.PUNCTUATION or before.text != "."
    return is_definition and _is_column_type(tokens, first)


def _is_in_cast(tokens: list[Token], index: int, brackets: Brackets) -> bool:
    around = brackets.around[index]
    return around > 0 and tokens[around - 1].word in ("CAST", "TRY_CAST")


def _is_column_type(tokens: list[Token], index: int) -> bool:
    """`(name TYPE`, `, name TYPE`, `ADD COLUMN [IF NOT EXISTS] name TYPE`, `ALTER name [SET DATA] TYPE type`."""
    if index < 2 or not tokens[index - 1].is_name:
        return False
    column, before = tokens[index - 1], tokens[index - 2]
    if column.word == "TYPE" and tokens[0].word == "ALTER":
        return True
    if tokens[0].word == "ALTER":
        return before.word in ("ADD", "COLUMN", "EXISTS")
    is_table = any(token.word == "TABLE" for token in tokens[1:5])
    return is_table and before.kind == TokenKind.PUNCTUATION and before.text in ("(", ",")

"""SERIAL and GENERATED ... AS IDENTITY become a sequence and a default: Django, SQLAlchemy and pandas create keys so.

The sequence is made first, by a statement of its own, and is called `{table}_{column}_seq` as in PostgreSQL.
"""

from __future__ import annotations

from workspaces.sql.lexer import Token
from workspaces.sql.reading import Reader, comma_separated
from workspaces.sql.rewrite.edits import NOTHING, Change, Edit
from workspaces.sql.rewrite.operands import closing

TRIGGER = r"\b(?:(?:big|small)?serial[248]?|identity)\b"

_SERIALS = {
    "SERIAL": "INTEGER", "SERIAL4": "INTEGER", "BIGSERIAL": "BIGINT", "SERIAL8": "BIGINT", "SMALLSERIAL": "SMALLINT",
    "SERIAL2": "SMALLINT",
}  # fmt: skip


def change(tokens: list[Token], text: str) -> Change:
    reader = Reader(tokens)
    if not reader.accept("CREATE"):
        return NOTHING
    reader.accept("OR", "REPLACE")
    is_temporary = False
    while word := reader.accept_any("GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED"):
        is_temporary = is_temporary or word.startswith("TEMP")
    if not reader.accept("TABLE"):
        return NOTHING
    reader.accept("IF", "NOT", "EXISTS")
    table = reader.chain() if reader.token and reader.token.is_name else ()
    if not table or reader.text != "(" or closing(tokens, reader.index) is None:
        return NOTHING
    edits: list[Edit] = []
    before: list[str] = []
    for column in comma_separated(reader.group()):
        edit, options = _column(column, table)
        if edit is not None:
            kind = "TEMP SEQUENCE" if is_temporary else "SEQUENCE"
            before.append(f"CREATE {kind} IF NOT EXISTS {_sequence(table, column[0])}{options}")
            edits.append(edit)
    return Change(tuple(edits), tuple(before))


def _column(column: tuple[Token, ...], table: tuple[str, ...]) -> tuple[Edit | None, str]:
    if len(column) < 2 or not column[0].is_name:
        return None, ""
    default = f"DEFAULT nextval({_literal(_sequence(table, column[0]))})"
    if column[1].word in _SERIALS:
        return Edit(column[1].start, column[1].end, f"{_SERIALS[column[1].word]} {default}"), ""
    for index, token in enumerate(column):
        if token.word == "GENERATED":
            end = index + 1
            while end < len(column) and column[end].word in ("ALWAYS", "BY", "DEFAULT", "AS"):
                end += 1
            if end < len(column) and column[end].word == "IDENTITY":
                return _identity(column, index, end + 1, default)
    return None, ""


def _identity(column: tuple[Token, ...], start: int, end: int, default: str) -> tuple[Edit, str]:
    options = ""
    if end < len(column) and column[end].text == "(":
        last = closing(list(column), end)
        if last is not None:
            options = "".join(f" {token.text}" for token in column[end + 1 : last])
            end = last + 1
    return Edit(column[start].start, column[end - 1].end, default), options


def _sequence(table: tuple[str, ...], column: Token) -> str:
    name = f"{table[-1]}_{column.value.lower() if column.word else column.value}_seq"
    return ".".join(_quoted(part) for part in (*table[:-1], name))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

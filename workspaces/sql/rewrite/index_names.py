"""CREATE INDEX without a name: PostgreSQL makes one of the table's name and the columns', `t_a_b_idx`."""

from __future__ import annotations

from storage.engine.sql import quote_identifier
from workspaces.sql.lexer import Token
from workspaces.sql.reading import Reader, comma_separated
from workspaces.sql.rewrite.edits import NOTHING, Change, Edit

TRIGGER = r"\bindex\s+(?:concurrently\s+)?on\b"


def change(tokens: list[Token], text: str) -> Change:
    reader = Reader(tokens)
    if not reader.accept("CREATE"):
        return NOTHING
    reader.accept("UNIQUE")
    if not reader.accept("INDEX"):
        return NOTHING
    reader.accept("CONCURRENTLY")
    place = reader.token
    if place is None or not reader.accept("ON"):
        return NOTHING
    table = reader.chain() if reader.token is not None and reader.token.is_name else ()
    if reader.accept("USING"):
        reader.chain()
    if not table or reader.text != "(":
        return NOTHING
    columns = [_column(item) for item in comma_separated(reader.group())]
    name = quote_identifier("_".join([table[-1], *columns, "idx"]))
    return Change((Edit(place.start, place.start, f"{name} "),))


def _column(item: list[Token]) -> str:
    """PostgreSQL calls an expression so, and a call by its function."""
    return item[0].value if item and item[0].is_name else "expr"

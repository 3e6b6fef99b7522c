"""What PostgreSQL calls the columns of a query that have no name of their own, read from the client's words.

`SELECT count(*), 1 + 1, now()::date` gives `count`, `?column?`, `now`; a name given or a column's own is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets

UNNAMED: Final = "?column?"
_LIST_ENDS: Final = frozenset({
    "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET",
    "FETCH", "FOR", "INTO", "SAMPLE", "USING",
})  # fmt: skip
#: Words between operands: what holds one at its top has no name, whatever else is in it.
_OPERATORS: Final = frozenset({
    "AND", "OR", "NOT", "IS", "ISNULL", "NOTNULL", "IN", "BETWEEN", "LIKE", "ILIKE", "SIMILAR", "GLOB", "ANY", "ALL",
    "SOME", "OVERLAPS",
})  # fmt: skip
_VALUES: Final = frozenset({
    "TABLEOID", "XMIN", "XMAX", "CMIN", "CMAX", "CTID",
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "CURRENT_ROLE",
    "SESSION_USER", "USER", "CURRENT_CATALOG", "CURRENT_SCHEMA",
})  # fmt: skip
_CONSTANTS: Final = frozenset({"NULL", "TRUE", "FALSE", "DEFAULT"})
_TYPES: Final = {
    "int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "real": "float4", "float": "float8",
    "double": "float8", "decimal": "numeric", "dec": "numeric", "boolean": "bool", "char": "bpchar",
    "character": "bpchar", "nchar": "bpchar", "string": "string",
}  # fmt: skip
_TRIMS: Final = {"LEADING": "ltrim", "TRAILING": "rtrim"}
_CALLS_OF: Final = {"trim": "btrim"}
_STAR: Final = "*"


def item_names(tokens: Sequence[Token], count: int) -> list[str | None]:
    """A name for each of `count` columns; None where the engine's is the one to show, or the words do not tell."""
    brackets = Brackets(tokens)
    items = list(select_items(tokens, brackets, 0, len(tokens)))
    stars = [index for index, item in enumerate(items) if _is_star(tokens, *item)]
    names = [_name(tokens, brackets, *item) for item in items]
    if not stars:
        return names if len(names) == count else [None] * count
    before, behind = names[: stars[0]], names[stars[-1] + 1 :]
    missing = count - len(before) - len(behind)
    return [*before, *([None] * missing), *behind] if missing >= 0 else [None] * count


def select_items(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each item of the outermost SELECT between two indexes begins and ends."""
    place = next((index for index in at_top(brackets, first, end) if tokens[index].word == "SELECT"), None)
    if place is None:
        return
    begin = place + 1
    if begin < end and tokens[begin].word in ("DISTINCT", "ALL"):
        begin += 1
        if begin + 1 < end and tokens[begin].word == "ON":
            begin = brackets.closing.get(begin + 1, begin) + 1
    for index in at_top(brackets, begin, end):
        token = tokens[index]
        if token.text == "," and token.kind == TokenKind.PUNCTUATION:
            yield begin, index
            begin = index + 1
        elif token.word in _LIST_ENDS or token.text == ";":
            end = index
            break
    if begin < end:
        yield begin, end


def at_top(brackets: Brackets, first: int, end: int) -> Iterator[int]:
    """Indexes outside of the brackets that open in between; those of brackets themselves count."""
    index = first
    while index < end:
        yield index
        index = brackets.closing.get(index, index) + 1


def _is_star(tokens: Sequence[Token], first: int, end: int) -> bool:
    """Whether an item stands for several columns."""
    is_table = first + 2 < end and tokens[first].is_name and tokens[first + 1].text == "."
    return (
        tokens[first].text == _STAR
        or tokens[first].word == "COLUMNS"
        or (is_table and any(tokens[index].text == _STAR for index in range(first + 2, min(first + 5, end), 2)))
    )


def _name(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> str | None:
    if has_alias(tokens, brackets, first, end):
        return None
    found, _ = _found(tokens, brackets, first, end)
    return found


def has_alias(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> bool:
    places = list(at_top(brackets, first, end))
    if any(tokens[index].word == "AS" for index in places) or (end - first > 1 and tokens[first + 1].text == ":"):
        return True
    if len(places) < 2 or not tokens[end - 1].is_name or tokens[end - 1].word in _OPERATORS | _CONSTANTS | {"END"}:
        return False
    before = tokens[end - 2]
    if before.kind == TokenKind.PUNCTUATION:
        return before.text in ")]}"
    is_type = len(places) > 2 and tokens[places[-3]].kind == TokenKind.CAST
    return not is_type and (
        (before.is_name and before.word not in _OPERATORS | {"CASE", "TIME", "WITH", "WITHOUT", "COLLATE", "DOUBLE"})
        or before.is_string
        or before.kind in (TokenKind.NUMBER, TokenKind.PARAMETER)
    )


def _found(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> tuple[str | None, bool]:
    """The name of an expression, and whether it is so good that no cast around it gives a better one."""
    if first >= end:
        return UNNAMED, False
    places = list(at_top(brackets, first, end))
    casts = [index for index in places if tokens[index].kind == TokenKind.CAST]
    before_cast = [index for index in places if not casts or index < casts[0]]
    if any(_is_operator(tokens[index]) for index in places if not _in_type(tokens, index, casts)):
        return ("timezone", True) if _is_zone(tokens, places) else (UNNAMED, False)
    if casts:
        inner, is_good = _found(tokens, brackets, first, casts[0])
        if is_good and inner is None and tokens[casts[0] - 1].is_name:
            inner = tokens[casts[0] - 1].value
        return (inner, True) if is_good else (_type_name(tokens, casts[-1] + 1, end), False)
    return _primary(tokens, brackets, first, end, before_cast)


def _is_operator(token: Token) -> bool:
    return token.kind == TokenKind.OPERATOR or token.word in _OPERATORS or token.word == "AT"


def _in_type(tokens: Sequence[Token], index: int, casts: list[int]) -> bool:
    return bool(casts) and index > casts[-1] and tokens[index].word in ("ZONE", "TIME")


def _is_zone(tokens: Sequence[Token], places: list[int]) -> bool:
    words = [tokens[index].word for index in places]
    others = [index for index in places if _is_operator(tokens[index]) and tokens[index].word != "AT"]
    return "AT" in words and not others


def _primary(
    tokens: Sequence[Token], brackets: Brackets, first: int, end: int, places: list[int]
) -> tuple[str | None, bool]:
    token = tokens[first]
    if token.text == "(" and token.kind == TokenKind.PUNCTUATION:
        return _bracketed(tokens, brackets, first, end)
    if token.word == "CASE":
        return _case(tokens, brackets, first, end)
    if token.word == "CAST" or token.word == "TRY_CAST":
        return _cast(tokens, brackets, first)
    if token.text == "[":
        return "array", True
    if token.word in ("ARRAY", "EXISTS", "ROW") and first + 1 < end and tokens[first + 1].text in "([":
        return token.text.lower(), True
    if not token.is_name or token.word in _CONSTANTS:
        return (None, True) if token.kind == TokenKind.PUNCTUATION else (UNNAMED, False)
    if token.word in _VALUES and (end - first == 1 or tokens[first + 1].text == "("):
        return token.text.lower(), True
    return _named(tokens, brackets, first, end)


def _named(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> tuple[str | None, bool]:
    """A column, a call, or a type before a text; fields and subscripts may follow."""
    place, name = first, tokens[first]
    while place + 2 < end and tokens[place + 1].text == "." and tokens[place + 2].is_name:
        place += 2
        name = tokens[place]
    place += 1
    if place >= end:
        return None, True
    if tokens[place].is_string:
        return _type_name(tokens, first, place), False
    if tokens[place].text == "(":
        called = _called(tokens, name, place)
        behind = brackets.closing.get(place, end) + 1
        if behind + 1 < end and tokens[behind].text == "." and tokens[behind + 1].is_name:
            return tokens[behind + 1].value, True
        return called, True
    return (name.value, True) if tokens[place].text == "[" else (None, True)


def _called(tokens: Sequence[Token], name: Token, opening: int) -> str:
    called = name.value if name.kind != TokenKind.WORD else name.text.lower()
    if called == "trim" and opening + 1 < len(tokens):
        return _TRIMS.get(tokens[opening + 1].word, "btrim")
    return called


def _bracketed(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> tuple[str | None, bool]:
    closing = brackets.closing.get(first, end)
    if closing + 2 < end and tokens[closing + 1].text == "." and tokens[closing + 2].is_name:
        return tokens[closing + 2].value, True
    if first + 1 < closing and tokens[first + 1].word in ("SELECT", "WITH"):
        inner = next(select_items(tokens, brackets, first + 1, closing), None)
        return (None, True) if inner is None else _of_subquery(tokens, brackets, *inner)
    if any(tokens[index].text == "," for index in at_top(brackets, first + 1, closing)):
        return "row", True
    found, is_good = _found(tokens, brackets, first + 1, closing)
    if found is None and closing - first == 2:
        return tokens[first + 1].value, True
    return found, is_good


def _of_subquery(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> tuple[str | None, bool]:
    if has_alias(tokens, brackets, first, end):
        return tokens[end - 1].value, True
    found, is_good = _found(tokens, brackets, first, end)
    return (tokens[end - 1].value, True) if found is None and tokens[end - 1].is_name else (found, is_good)


def _case(tokens: Sequence[Token], brackets: Brackets, first: int, end: int) -> tuple[str | None, bool]:
    closing = brackets.closing.get(first, end)
    branch = next((index for index in at_top(brackets, first + 1, closing) if tokens[index].word == "ELSE"), None)
    if branch is not None:
        found, is_good = _found(tokens, brackets, branch + 1, closing)
        if is_good:
            return (tokens[closing - 1].value if found is None else found), True
    return "case", False


def _cast(tokens: Sequence[Token], brackets: Brackets, first: int) -> tuple[str | None, bool]:
    closing = brackets.closing.get(first + 1, first + 1)
    middle = [index for index in at_top(brackets, first + 2, closing) if tokens[index].word == "AS"]
    if not middle:
        return None, True
    found, is_good = _found(tokens, brackets, first + 2, middle[-1])
    if is_good:
        return (tokens[middle[-1] - 1].value if found is None else found), True
    return _type_name(tokens, middle[-1] + 1, closing), False


def _type_name(tokens: Sequence[Token], first: int, end: int) -> str:
    """The name PostgreSQL keeps a type under."""
    place = first
    while place + 2 < end and tokens[place + 1].text == ".":
        place += 2
    name = tokens[place].value if tokens[place].kind == TokenKind.QUOTED else tokens[place].text.lower()
    words = {token.word for token in tokens[place + 1 : end]}
    if name in ("time", "timestamp") and {"WITH", "ZONE"} <= words:
        return f"{name}tz"
    if name in ("character", "char", "bit") and "VARYING" in words:
        return "varbit" if name == "bit" else "varchar"
    return name if tokens[place].kind == TokenKind.QUOTED else _TYPES.get(name, name)

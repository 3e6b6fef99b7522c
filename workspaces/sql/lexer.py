"""Cutting SQL text into tokens with positions, by the rules of DuckDB's lexer.

One regular expression finds a token at each place; only nested comments and dollar quotes need a search of their own.
Every part is possessive or ends in an error, so the time grows with the length of the text, whatever it holds.
"""

from __future__ import annotations

import re
from enum import IntEnum
from itertools import islice
from typing import NamedTuple

from workspaces.sql.errors import SqlError, near

#: What the engine takes for a space beyond ASCII (checked on 1.5.5 for every character up to U+3100, and the BOM).
_WIDE_SPACES = "\xa0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_SPACE = rf"[ \t\n\r\f{_WIDE_SPACES}]"
_NAME_START = rf"[^\x00-@\[-^`{{-\x7f{_WIDE_SPACES}]"
_NAME_REST = rf"[^\x00-#%-/:-@\[-^`{{-\x7f{_WIDE_SPACES}]"
_PLAIN = r"'[^']*+(?:''[^']*+)*+'"

_TOKEN = re.compile(
    rf"""
    (?:{_SPACE}++|--[^\r\n]*+)*+
    (?:
      (?P<NUMBER>(?:[0-9][\d_]*+(?:\.\d[\d_]*+|\.)?+|\.\d[\d_]*+)(?:[eE][+-]?\d++)?+)
    | (?P<CAST>::)
    | (?P<PUNCTUATION>:=|[()\[\]{{}},;:.])
    | (?P<STRING>{_PLAIN})
    | (?P<ESCAPE>[eE]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+')
    | (?P<UNICODE>[uU]&{_PLAIN})
    | (?P<BITS>[xXbB]{_PLAIN})
    | (?P<NATIONAL>[nN]{_PLAIN})
    | (?P<UNICODE_NAME>[uU]&"[^"]*+(?:""[^"]*+)*+")
    | (?P<broken>(?:[eExXbBnN]|[uU]&)'|[uU]&")
    | (?P<WORD>{_NAME_START}{_NAME_REST}*+)
    | (?P<QUOTED>"[^"]*+(?:""[^"]*+)*+")
    | (?P<COMMENT>/\*)
    | (?P<DOLLAR>\$(?:{_NAME_START}(?:(?!\$){_NAME_REST})*+)?\$)
    | (?P<PARAMETER>\$\d++|\${_NAME_START}{_NAME_REST}*+|\?\d*+)
    | (?P<HASH>\#(?=\d))
    | (?P<OPERATOR>(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`]){{1,63}}+)
    | (?P<end>\Z)
    | (?P<unknown>.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
#: More take seconds to read, and as long again in the engine: COPY is for so many values.
MAX_TOKENS = 1_000_000
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class TokenKind(IntEnum):
    """What a token is; a comment or a space is none."""

    WORD = 0
    QUOTED = 1
    UNICODE_NAME = 2
    STRING = 3
    ESCAPE = 4
    UNICODE = 5
    BITS = 6
    NATIONAL = 7
    DOLLAR = 8
    NUMBER = 9
    PARAMETER = 10
    CAST = 11
    PUNCTUATION = 12
    HASH = 13
    OPERATOR = 14


#: By the number of the group in the expression; the plain ones end where it says.
_KIND_OF_GROUP = {_TOKEN.groupindex[kind.name]: kind for kind in TokenKind}
_PLAIN_GROUPS = frozenset(_KIND_OF_GROUP) - {_TOKEN.groupindex["DOLLAR"], _TOKEN.groupindex["OPERATOR"]}
_STRINGS = frozenset(
    {TokenKind.STRING, TokenKind.ESCAPE, TokenKind.UNICODE, TokenKind.BITS, TokenKind.NATIONAL, TokenKind.DOLLAR}
)
_NAMES = frozenset({TokenKind.WORD, TokenKind.QUOTED, TokenKind.UNICODE_NAME})


class Token(NamedTuple):
    """A piece of the text: `text` is as written, `start` and `end` are offsets in characters."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def is_string(self) -> bool:
        return self.kind in _STRINGS

    @property
    def is_name(self) -> bool:
        """Whether it can name something: a bare word (also a keyword) or a quoted name."""
        return self.kind in _NAMES

    @property
    def word(self) -> str:
        """The word in upper case; empty for everything that is not a bare word."""
        return self.text.upper() if self.kind == TokenKind.WORD else ""

    @property
    def value(self) -> str:
        """What the token stands for: the text of a string, the name without its quotes, else the text as written."""
        return _value(self)


def tokenize(text: str) -> list[Token]:
    """All tokens of the text in order.

    Raises `SqlError` 42601 for whatever is never closed, or a NUL, and 54000 for more than `MAX_TOKENS`.
    """
    tokens: list[Token] = []
    position: int | None = 0
    while position is not None:
        position = _read(text, position, tokens)
    return tokens


def _read(text: str, position: int, tokens: list[Token]) -> int | None:
    """Add the tokens up to one whose end the expression does not tell: where to go on. None at the end of the text.

    Statements may hold a million tokens: nothing here but what each of them needs.
    """
    append, make, kinds, plain = tokens.append, tuple.__new__, _KIND_OF_GROUP, _PLAIN_GROUPS
    for match in islice(_TOKEN.finditer(text, position), MAX_TOKENS + 1 - len(tokens)):
        group = match.lastindex or 0
        start, end = match.span(group)
        if group in plain:
            append(make(Token, (kinds[group], match[group], start, end)))
            continue
        kind = kinds.get(group)
        if kind is None:
            if match.lastgroup == "end":
                return None
            if match.lastgroup != "COMMENT":
                raise _unreadable(text, match)
            return _comment_end(text, start)
        found = _dollar_end(text, start=start, body=end) if kind == TokenKind.DOLLAR else end
        if kind == TokenKind.OPERATOR:
            found = _operator_end(text, start=start, end=end)
        append(make(Token, (kind, text[start:found], start, found)))
        if found != end:
            return found
    raise SqlError(f"statement is too long: more than {MAX_TOKENS:,} words, numbers and signs", sqlstate="54000")


def _unreadable(text: str, match: re.Match[str]) -> SqlError:
    start = match.start(match.lastgroup or 0)
    character = text[start : match.end()]
    if character.endswith("'"):
        return SqlError(f'unterminated quoted string at or near "{text[start : start + 40]}"', position=start)
    if character.endswith('"'):
        return SqlError(f'unterminated quoted identifier at or near "{text[start : start + 40]}"', position=start)
    if character == "\x00":
        return SqlError('invalid byte sequence for encoding "UTF8": 0x00', sqlstate="22021", position=start)
    return near(character, position=start)


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise SqlError("unterminated /* comment", position=start)


def _dollar_end(text: str, *, start: int, body: int) -> int:
    tag = text[start:body]
    end = text.find(tag, body)
    if end < 0:
        raise SqlError("unterminated dollar-quoted string", position=start)
    return end + len(tag)


def _operator_end(text: str, *, start: int, end: int) -> int:
    """PostgreSQL's rule: an operator of the standard's characters alone does not end in + or - (`a*-b`)."""
    if not any(character in "~!@#%^&|`" for character in text[start:end]):
        while end - start > 1 and text[end - 1] in "+-":
            end -= 1
    return end


def _value(token: Token) -> str:
    kind, text = token.kind, token.text
    if kind == TokenKind.STRING:
        return text[1:-1].replace("''", "'")
    if kind == TokenKind.QUOTED:
        return text[1:-1].replace('""', '"')
    if kind == TokenKind.DOLLAR:
        tag = text.index("$", 1) + 1
        return text[tag:-tag]
    if kind == TokenKind.ESCAPE:
        return unescape(text[2:-1].replace("''", "'"))
    if kind in (TokenKind.BITS, TokenKind.NATIONAL):
        return text[2:-1].replace("''", "'")
    if kind in (TokenKind.UNICODE, TokenKind.UNICODE_NAME):
        return re.sub(
            r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4}))", _code_point, text[3:-1].replace(text[2] * 2, text[2])
        )
    return text


def unescape(body: str) -> str:
    """The text that the body of an E'' string stands for (`\\n`, octal, `\\x41`, `\\u0041`, doubled backslashes)."""
    return _ESCAPE.sub(_escaped, body) if "\\" in body else body


def _escaped(match: re.Match[str]) -> str:
    octal, short_hex, four, eight, letter = match.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    number = int(octal, 8) & 0xFF if octal else int(short_hex or four or eight, 16)
    return chr(number) if number < 0x110000 else "\ufffd"


def _code_point(match: re.Match[str]) -> str:
    number = int(match.group(1) or match.group(2), 16)
    return chr(number) if number < 0x110000 else "\ufffd"

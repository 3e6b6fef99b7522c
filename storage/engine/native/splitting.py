"""Where one SQL text ends and the next begins: DuckDB splits too, but does not tell the text of each statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# DuckDB's own rules: comments nest, E'...' knows backslashes, $ continues an identifier, and Unicode spaces are spaces
# everywhere outside quotes, so they end an identifier.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<line_comment>--[^\r\n]*)
    |(?P<block_comment>/\*)
    |(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*'?)
    |(?P<quoted>'[^']*'?|"[^"]*"?)
    |(?P<dollar>\$(?P<tag>(?:[^\W\d]\w*)?)\$)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<parameter>\$\d+)
    |(?P<end>;)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NO_TOKENS = {"space", "line_comment", "block_comment"}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Piece:
    """The text of one statement, and how many characters of the whole text stand before it."""

    text: str
    offset: int


def split_sql(sql: str) -> list[Piece]:
    """The statements of `sql` in order, without the semicolons between them; pieces without any token are left out."""
    pieces: list[Piece] = []
    start, has_token = 0, False
    for token in _tokens(sql):
        if token["end"] is not None:
            if has_token:
                pieces.append(Piece(sql[start : token.start()], start))
            start, has_token = token.end(), False
        elif token.lastgroup not in _NO_TOKENS:
            has_token = True
    if has_token:
        pieces.append(Piece(sql[start:], start))
    return pieces


def has_word(sql: str, word: str) -> bool:
    """Whether a word stands in `sql` outside quotes and comments; `word` is in lower case."""
    return word in sql.lower() and any((token["word"] or "").lower() == word for token in _tokens(sql))


def _tokens(sql: str) -> Iterator[re.Match[str]]:
    """Each token; of a dollar quote and of a block comment just its opening."""
    position = 0
    while match := _TOKEN.match(sql, position):
        position = _end_of(sql, match)
        yield match


def _end_of(sql: str, match: re.Match[str]) -> int:
    """Where the token that begins with `match` ends; what never ends reaches to the end of the text."""
    if match["dollar"] is not None:
        end = sql.find(match["dollar"], match.end())
        return len(sql) if end < 0 else end + len(match["dollar"])
    if match["block_comment"] is None:
        return match.end()
    depth, position = 1, match.end()
    while depth:
        edge = _COMMENT_EDGE.search(sql, position)
        if edge is None:
            return len(sql)
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position

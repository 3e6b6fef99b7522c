"""Finding what stands where a relation may stand: behind FROM, JOIN, a comma of FROM, INTO, UPDATE, TABLE, ...

It errs to one side only: it may take something for a relation that is none, never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workspaces.sql.lexer import Token, TokenKind

#: Reserved words, so none of them can be a name or an alias: each ends the list of relations of its brackets.
_ENDS = frozenset({
    "WHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "SELECT", "LIMIT", "OFFSET", "ORDER", "UNION", "EXCEPT",
    "INTERSECT", "RETURNING",
})  # fmt: skip
_INTRODUCERS = frozenset({
    "JOIN", "INTO", "UPDATE", "TABLE", "USING", "DESCRIBE", "SUMMARIZE", "SHOW", "PIVOT", "UNPIVOT", "PIVOT_WIDER",
    "PIVOT_LONGER", "TRUNCATE",
})  # fmt: skip
_LEADING = frozenset({"COPY", "LOCK", "DESC"})
#: Functions of the standard whose arguments are divided by FROM.
_FROM_INSIDE = frozenset({"EXTRACT", "SUBSTRING", "TRIM", "OVERLAY"})
_TRANSPARENT = frozenset({"LATERAL", "ONLY"})


@dataclass(frozen=True, slots=True)
class Reference:
    """Something in the place of a relation: a dotted name, or a string (which the engine would open as a file)."""

    tokens: tuple[Token, ...]
    is_string: bool
    is_call: bool

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(token.value for token in self.tokens)


class _Brackets:
    """What is known inside one pair of brackets."""

    __slots__ = ("expects", "in_from", "rows", "takes_from")

    def __init__(self, *, expects: bool = False, in_from: bool = False, takes_from: bool = False) -> None:
        self.expects = expects
        self.in_from = in_from
        self.takes_from = takes_from
        self.rows = False


def references(tokens: Sequence[Token]) -> Iterator[Reference]:
    """All references in the order of the text."""
    stack = [_Brackets()]
    index, count = 0, len(tokens)
    while index < count:
        token, brackets = tokens[index], stack[-1]
        if token.kind == TokenKind.PUNCTUATION:
            if token.text == ",":
                brackets.expects = brackets.in_from
            else:
                _punctuation(stack, tokens, index)
            index += 1
        elif token.kind == TokenKind.NUMBER:
            brackets.expects = brackets.rows = False
            index += 1
        elif brackets.expects and token.is_string:
            brackets.expects = brackets.rows = False
            yield Reference((token,), is_string=True, is_call=False)
            index += 1
        elif token.kind == TokenKind.WORD and _keyword(brackets, tokens, index):
            index += 1
        elif brackets.expects and token.is_name:
            end = chain_end(tokens, index)
            brackets.rows = False
            is_alias = end < count and tokens[end].text == ":" and tokens[end].kind == TokenKind.PUNCTUATION
            brackets.expects = is_alias
            if not is_alias:
                is_call = end < count and tokens[end].text == "("
                yield Reference(tuple(tokens[index:end:2]), is_string=False, is_call=is_call)
            index = end
        else:
            brackets.expects = brackets.rows = False
            index += 1


def chain_end(tokens: Sequence[Token], index: int) -> int:
    """Index behind the dotted name that begins here."""
    end, count = index + 1, len(tokens)
    while end + 1 < count and tokens[end].text == "." and tokens[end + 1].is_name:
        end += 2
    return end


def _punctuation(stack: list[_Brackets], tokens: Sequence[Token], index: int) -> None:
    brackets, text = stack[-1], tokens[index].text
    before = tokens[index - 1] if index else None
    if text == "(":
        is_row = brackets.rows
        stack.append(
            _Brackets(
                expects=brackets.expects and not is_row,
                in_from=brackets.expects and brackets.in_from and not is_row,
                takes_from=before is not None and before.word in _FROM_INSIDE,
            )
        )
        brackets.expects = False
    elif text in ("[", "{"):
        brackets.expects = False
        stack.append(_Brackets())
    elif text in (")", "]", "}"):
        if len(stack) > 1:
            stack.pop()


def _keyword(brackets: _Brackets, tokens: Sequence[Token], index: int) -> bool:
    """Whether the word was one that opens, continues or ends a list of relations."""
    word = tokens[index].word
    before = tokens[index - 1] if index else None
    if word == "FROM":
        if not brackets.takes_from and not _is_distinct_from(tokens, index):
            brackets.expects = brackets.in_from = True
            brackets.rows = False
    elif word in _INTRODUCERS or (word in _LEADING and (before is None or before.text in ("(", "AS", "as", ";"))):
        brackets.expects = True
        brackets.rows = False
    elif word in _ENDS:
        brackets.expects = brackets.in_from = brackets.rows = False
    elif word == "VALUES" and index + 1 < len(tokens) and tokens[index + 1].text == "(":
        brackets.rows = brackets.in_from
        brackets.expects = False
    elif word not in _TRANSPARENT or not brackets.expects:
        return False
    return True


def _is_distinct_from(tokens: Sequence[Token], index: int) -> bool:
    return index >= 2 and tokens[index - 1].word == "DISTINCT" and tokens[index - 2].word in ("IS", "NOT")

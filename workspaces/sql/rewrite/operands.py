"""How far the operands of a binary operator reach to the left and to the right."""

from __future__ import annotations

from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.rewrite.brackets import Brackets

#: Words at which an expression ends on either side.
_STOPS = frozenset({
    "ALL", "AND", "ANY", "AS", "ASC", "BETWEEN", "BY", "CASE", "CHECK", "CROSS", "DEFAULT", "DESC", "DISTINCT",
    "DO", "ELSE", "ESCAPE", "EXCEPT", "FETCH", "FILTER", "FOR", "FROM", "FULL", "GLOB", "GROUP", "HAVING", "ILIKE",
    "IN", "INNER", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT",
    "NOTNULL", "OFFSET", "ON", "OR", "ORDER", "OVER", "PARTITION", "QUALIFY", "RETURNING", "RIGHT", "SELECT", "SET",
    "SIMILAR", "SOME", "THEN", "TO", "UNION", "USING", "VALUES", "WHEN", "WHERE", "WINDOW", "WITH",
})  # fmt: skip
#: Operators that bind less than the one we look from; those for patterns do not stand next to each other.
_LOOSER = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "==", "=>", "~", "~*", "!~", "!~*"})
#: Words that end an expression, unless they name a function (`left(a, 1)`).
_FUNCTIONS = frozenset({"LEFT", "RIGHT", "IF", "GLOB"})


class Operands:
    """Finds the operands of operators in one statement, each in time that grows with the operand alone."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.brackets = Brackets(tokens)

    def left_start(self, index: int) -> int | None:
        """Index of the first token of the operand before `index`; None if there is none (a prefix operator)."""
        place = index
        while place > 0:
            token = self.tokens[place - 1]
            if token.text in (")", "]", "}") and token.kind == TokenKind.PUNCTUATION or token.word == "END":
                opening = self.brackets.opening.get(place - 1)
                if opening is None:
                    return None
                place = opening
                continue
            if token.kind == TokenKind.PUNCTUATION and token.text != ".":
                break
            if self._ends_left(place - 1):
                break
            place -= 1
        return place if place < index else None

    def right_end(self, index: int) -> int | None:
        """Index behind the operand after `index`: a primary expression with its casts, calls and subscripts."""
        place = index + 1
        while place < len(self.tokens) and self.tokens[place].text in ("+", "-"):
            place += 1
        end = self._primary_end(place)
        return None if end is None else self._postfix_end(end)

    def _ends_left(self, place: int) -> bool:
        token = self.tokens[place]
        if token.word in _STOPS or token.word == "IF":
            return not self._is_call(place)
        if token.kind != TokenKind.OPERATOR:
            return False
        if token.text == "->":
            # Behind JSON's arrow stands a key; what else stands there is the body of a lambda.
            following = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
            return following is None or not (following.is_string or following.kind == TokenKind.NUMBER)
        return token.text in _LOOSER

    def _is_call(self, place: int) -> bool:
        follower = self.tokens[place + 1].text if place + 1 < len(self.tokens) else ""
        return self.tokens[place].word in _FUNCTIONS and follower == "("

    def _primary_end(self, place: int) -> int | None:
        if place >= len(self.tokens):
            return None
        token = self.tokens[place]
        if token.word == "CASE" or (token.kind == TokenKind.PUNCTUATION and token.text in "([{"):
            end = self.brackets.closing.get(place)
            return None if end is None else end + 1
        if token.word in _STOPS and not self._is_call(place):
            return None
        if token.is_name and place + 1 < len(self.tokens) and self.tokens[place + 1].is_string:
            return place + 2
        if token.is_name or token.is_string or token.kind in (TokenKind.NUMBER, TokenKind.PARAMETER):
            return place + 1
        return place + 2 if token.kind == TokenKind.HASH else None

    def _postfix_end(self, place: int) -> int | None:
        """Step over calls, subscripts, fields, casts and collations that follow."""
        count = len(self.tokens)
        while place < count:
            token = self.tokens[place]
            if token.kind == TokenKind.PUNCTUATION and token.text in ("(", "["):
                end = self.brackets.closing.get(place)
                if end is None:
                    return None
                place = end + 1
            elif token.text == "." or token.word == "COLLATE":
                place += 2
            elif token.kind == TokenKind.CAST:
                is_double = self.tokens[place + 1 : place + 2] and self.tokens[place + 1].word in (
                    "CHARACTER",
                    "DOUBLE",
                )
                follower = self.tokens[place + 2].word if place + 2 < count else ""
                place += 3 if is_double and follower in ("VARYING", "PRECISION") else 2
            else:
                break
        return min(place, count)


def closing(tokens: list[Token], place: int) -> int | None:
    """Index of the bracket that closes the one at `place`; a search, for rules that ask once."""
    depth = 0
    for index in range(place, len(tokens)):
        token = tokens[index]
        if token.kind == TokenKind.PUNCTUATION:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0:
                return index
    return None

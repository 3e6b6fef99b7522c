r"""PostgreSQL's array literals: `{1,NULL,"a \"b\""}`, nested and with lower bounds, taken apart."""

from __future__ import annotations

import re

from workspaces.pgwire.values.errors import INVALID_TEXT, TOO_LARGE, WireValueError

Elements = list["str | None | Elements"]
#: PostgreSQL's own limit of dimensions.
MAX_DIMENSIONS = 6
_BOUNDS = re.compile(r"\s*(?:\[[+-]?\d+(?::[+-]?\d+)?\])+\s*=\s*(?=\{)")
#: What PostgreSQL takes for white space here; Python's own notion has many more characters.
_SPACE = r"[ \t\n\v\f\r]*"
#: Braces and commas, an element in quotes, or a bare one that may hold escaped characters.
_TOKEN = re.compile(
    rf'{_SPACE}(?:([{{}},])|"((?:[^"\\]|\\.)*)"|((?:[^{{}},"\\]|\\.)+?)(?={_SPACE}(?:[{{}},"]|\Z))){_SPACE}', re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_array(literal: str) -> Elements:
    """The elements as text, NULL as None, inner arrays as lists. Raises WireValueError (22P02) for anything else."""
    bounds = _BOUNDS.match(literal)
    parser = _Parser(literal, bounds.end() if bounds else 0)
    elements = parser.parse()
    _check_rectangular(elements, literal)
    return elements


class _Parser:
    """One pass over the tokens; the stack holds the arrays that are still open."""

    def __init__(self, literal: str, start: int) -> None:
        self._literal = literal
        self._at = start
        self._stack: list[Elements] = []
        self._wants_element = False
        self._whole: Elements | None = None

    def parse(self) -> Elements:
        while self._at < len(self._literal):
            token = _TOKEN.match(self._literal, self._at)
            if token is None or self._whole is not None:
                raise self._malformed()
            self._at = token.end()
            sign, quoted, bare = token.groups()
            if sign is None:
                self._add(_element(quoted, bare))
            else:
                self._sign(sign)
        if self._whole is None:
            raise self._malformed()
        return self._whole

    def _sign(self, sign: str) -> None:
        if sign == "{":
            self._open()
        elif not self._stack:
            raise self._malformed()
        elif sign == ",":
            if self._wants_element or not self._stack[-1]:
                raise self._malformed()
            self._wants_element = True
        else:
            self._close()

    def _open(self) -> None:
        if len(self._stack) == MAX_DIMENSIONS:
            raise WireValueError(TOO_LARGE, f"number of array dimensions exceeds {MAX_DIMENSIONS}")
        inner: Elements = []
        if self._stack:
            self._add(inner)
        self._stack.append(inner)

    def _close(self) -> None:
        if self._wants_element:
            raise self._malformed()
        closed = self._stack.pop()
        if not self._stack:
            self._whole = closed

    def _add(self, element: str | None | Elements) -> None:
        if not self._stack or (self._stack[-1] and not self._wants_element):
            raise self._malformed()
        self._wants_element = False
        self._stack[-1].append(element)

    def _malformed(self) -> WireValueError:
        return malformed(self._literal)


def malformed(literal: str) -> WireValueError:
    """The error for text that is no array."""
    return WireValueError(INVALID_TEXT, f'malformed array literal: "{literal}"')


def _element(quoted: str | None, bare: str | None) -> str | None:
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted)
    text = bare or ""
    return None if text.upper() == "NULL" else _ESCAPED.sub(r"\1", text)


def depth(elements: Elements) -> int:
    """How many dimensions; an empty array has one."""
    return 1 + (depth(elements[0]) if elements and isinstance(elements[0], list) else 0)


def _check_rectangular(elements: Elements, literal: str) -> None:
    shapes = {len(each) if isinstance(each, list) else None for each in elements}
    if len(shapes) > 1:
        raise malformed(literal)
    for each in elements:
        if isinstance(each, list):
            _check_rectangular(each, literal)
    if len({depth(each) for each in elements if isinstance(each, list)}) > 1:
        raise malformed(literal)

"""Looking at SQL text that a caller wrote: what stands outside its literals, and whether it leaves its brackets."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"""(?P<escaped>(?<![A-Za-z0-9_\x80-\U0010ffff$])[eE]'(?:[^'\\]|''|\\.)*')"""
    r"""|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<name>"(?:[^"]|"")*")""",
    re.DOTALL,
)
_PLACEHOLDER = {"escaped": "' '", "text": "' '", "name": '" "'}


def outside_literals(text: str) -> str | None:
    """The text with each string and quoted name emptied, in lower case; None if a quote is never closed."""
    bare = _QUOTED.sub(lambda match: _PLACEHOLDER[match.lastgroup or "text"], text)
    leftover = bare.replace("' '", "").replace('" "', "")
    return None if "'" in leftover or '"' in leftover else bare.lower()


def first_pattern(bare: str, patterns: tuple[str, ...]) -> str | None:
    """The first of the patterns, in their order, that the text outside of literals contains.

    A word counts only where a word begins, so that a column `last_update` is no `update `.
    """
    for pattern in patterns:
        boundary = r"(?<!\w)" if pattern[0].isalpha() else ""
        if re.search(boundary + re.escape(pattern), bare):
            return pattern
    return None


def is_balanced(bare: str) -> bool:
    """Whether every bracket of the text closes one of its own: only then does it stay inside brackets put around it."""
    closing = {")": "(", "]": "[", "}": "{"}
    open_brackets: list[str] = []
    for character in bare:
        if character in "([{":
            open_brackets.append(character)
        elif character in closing and (not open_brackets or open_brackets.pop() != closing[character]):
            return False
    return not open_brackets

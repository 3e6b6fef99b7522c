"""What is wrong with the data of a COPY FROM, and where in it."""

from __future__ import annotations

from typing import Final

_SHOWN_CHARACTERS: Final = 100
BAD_FORMAT: Final = "22P04"


class CopyDataError(Exception):
    """`place` goes behind the name of the table in the CONTEXT of the error: `line 3, column c: "v"`."""

    def __init__(self, sqlstate: str, message: str, *, place: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.place = place
        self.hint = hint


def line_place(line: int, text: str) -> str:
    """A line that does not read as a row."""
    return f'line {line}: "{_short(text)}"'


def value_place(line: int, column: str, text: str | None) -> str:
    """A value that does not read as its column's type."""
    shown = "null input" if text is None else f'"{_short(text)}"'
    return f"line {line}, column {column}: {shown}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."

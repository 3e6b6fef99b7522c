"""What a reader of SQL text raises: five characters of SQLSTATE and the place in the user's text."""

from __future__ import annotations

from kbstore.errors import KbstoreError, Kind

SYNTAX_ERROR = "42601"


class SqlError(KbstoreError):
    """A statement that cannot be read; `position` is the 0-based offset in characters of the text, None if unknown."""

    kind = Kind.INVALID
    code = "sql_error"

    def __init__(
        self, message: str, *, sqlstate: str = SYNTAX_ERROR, position: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self._sqlstate = sqlstate
        self.position = position
        self.hint = hint

    @property
    def sqlstate(self) -> str:
        return self._sqlstate


def near(text: str, *, position: int) -> SqlError:
    """PostgreSQL's wording for an unexpected token; an empty text stands for the end of the statement."""
    if not text:
        return SqlError("syntax error at end of input", position=position)
    return SqlError(f'syntax error at or near "{text}"', position=position)

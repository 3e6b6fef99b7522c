"""Prepared statements of a session: what they are, what their parameters are, what columns they give."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workspaces.pgwire.messages.frontend import Bind
from workspaces.pgwire.session.portal import Portal
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.errors import WireValueError
from workspaces.pgwire.values.parameters import decode_parameter
from workspaces.services.compile_sql import Compiled
from workspaces.services.prepare_sql import ResultColumn
from workspaces.services.run_query import Query
from workspaces.sql.lexer import Token, TokenKind


@dataclass
class PreparedStatement:
    """`compiled` is None for an empty text, `query` None for what is not prepared in the engine."""

    name: str
    compiled: Compiled | None
    query: Query | None = None
    oids: tuple[int, ...] = ()
    columns: tuple[ResultColumn, ...] = ()
    is_ours: bool = field(default=False)
    #: Whether it is a query that only reads: nothing has to be asked or told before it runs.
    is_plain: bool = False
    #: For DECLARE: what its cursor is made from.
    declared: Portal | None = None
    made_at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    #: The whole PREPARE, for a statement that was prepared by SQL.
    prepare_text: str = ""

    @property
    def is_from_sql(self) -> bool:
        return bool(self.prepare_text)

    @property
    def text(self) -> str:
        """As its client wrote it."""
        return self.prepare_text or ("" if self.compiled is None else self.compiled.source)

    def values(self, bind: Bind) -> list[tuple[str, Any]]:
        """The parameters as the engine takes them. Raises SqlFault."""
        if len(bind.parameters) != len(self.oids):
            raise SqlFault(
                "08P01",
                f"bind message supplies {len(bind.parameters)} parameters, "
                f'but prepared statement "{self.name}" requires {len(self.oids)}',
            )
        formats = _each(bind.parameter_formats, len(self.oids))
        found = []
        for number, (data, oid, code) in enumerate(zip(bind.parameters, self.oids, formats, strict=True), start=1):
            try:
                parameter = decode_parameter(data, oid=oid, format_code=code)
            except WireValueError as error:
                raise SqlFault(error.sqlstate, _named(error.message, number)) from error
            found.append((parameter.type, parameter.value))
        return found

    def close(self) -> None:
        if self.query is not None:
            self.query.close()


def with_expressions(text: str, tokens: Sequence[Token], expressions: Sequence[str]) -> str:
    """The text with an expression in the place of each parameter. Raises SqlFault for one that is missing."""
    parts, position = [], 0
    for token in tokens:
        if token.kind == TokenKind.PARAMETER and token.text[1:].isdigit():
            number = int(token.text[1:])
            if not 0 < number <= len(expressions):
                raise SqlFault("42P02", f"there is no parameter ${number}")
            parts += [text[position : token.start], expressions[number - 1]]
            position = token.end
    return "".join([*parts, text[position:]])


def _each(formats: Sequence[int], count: int) -> Sequence[int]:
    if len(formats) == count:
        return formats
    return tuple(formats) * count if len(formats) == 1 else (0,) * count


def _named(message: str, number: int) -> str:
    return f"{message} in bind parameter {number}" if message.startswith("incorrect binary") else message

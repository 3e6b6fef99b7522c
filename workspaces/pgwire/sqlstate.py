"""The one table from what the engine says to what PostgreSQL would say: SQLSTATE, words, place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from storage.engine.errors import clean_message
from storage.engine.native import ErrorKind, NativeError
from workspaces.pgwire.wording import words_for


@dataclass(eq=False)
class SqlFault(Exception):
    """An error that a client is told of. `position` counts characters of the client's text from 0."""

    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    position: int | None = None
    is_fatal: bool = False
    #: Where in the data it was: the CONTEXT of a COPY.
    context: str | None = None
    #: schema, table, column and constraint, where the error has them.
    names: Mapping[str, str] = field(default_factory=dict)

    def moved(self, position: int | None) -> SqlFault:
        """The same fault, at another place."""
        return replace(self, position=position)


_ABORTED = SqlFault("25P02", "current transaction is aborted, commands ignored until end of transaction block")
INTERRUPTED: Final = "57014"

#: Kind of error, then (pattern of the message, SQLSTATE) in order; the last one of each fits all.
_RULES: Final[dict[ErrorKind, tuple[tuple[str, str], ...]]] = {
    ErrorKind.PARSER: (("", "42601"),),
    ErrorKind.SYNTAX: (("", "42601"),),
    ErrorKind.BINDER: (
        (r"Referenced table .* not found", "42P01"),
        (r"Ambiguous reference", "42702"),
        (r"must appear in the GROUP BY", "42803"),
        (r"No function matches|No matching (?:aggregate )?function|Could not choose a best candidate", "42883"),
        (r"Catalog .* does not exist", "3D000"),
        (r"Can only (?:update|delete)|is not a(?:n)? (?:base )?table|not updat", "42809"),
        (r"already exists", "42701"),
        (r"Referenced (?:update )?column .* not found|does not have a column|COLUMN_NOT_FOUND", "42703"),
        (r"Cannot compare values|Cannot mix values|incompatible types", "42804"),
        ("", "42601"),
    ),
    ErrorKind.CATALOG: (
        (r"main key table of the table", "2BP01"),
        (r"Schema with name .* does not exist|schema .* does not exist", "3F000"),
        (r"(?:Table|View|Sequence) with name .* does not exist", "42P01"),
        (r"(?:Function|Macro|Aggregate) .*does not exist", "42883"),
        (r"(?:Type|Collation|Index) .*does not exist", "42704"),
        (r"unrecognized configuration parameter", "42704"),
        (r"(?:Table|View|Index|Sequence) with name .* already exists", "42P07"),
        (r"Schema with name .* already exists", "42P06"),
        (r"(?:Function|Macro) .*already exists", "42723"),
        (r"Type with name .* already exists", "42710"),
        (r"Column with name .* already exists", "42701"),
        (r"write-write conflict", "40001"),
        (r"depend", "2BP01"),
        (r"trying to (?:drop|replace|alter)|is not a", "42809"),
        (r"Cannot create entry in system|Can(?:not)? .*(?:internal|system)", "42501"),
        (r"does not exist", "42704"),
        ("", "42P01"),
    ),
    ErrorKind.DEPENDENCY: (("", "2BP01"),),
    ErrorKind.CONVERSION: (
        (r"(?:date|time|timestamp) field value out of range", "22008"),
        (r"out of range|Could not cast value .* to DECIMAL|Failed to cast decimal value", "22003"),
        (r"specifier .* not recognized", "22023"),
        (r"(?i)(?:date|time|timestamp|interval) ", "22007"),
        ("", "22P02"),
    ),
    ErrorKind.OUT_OF_RANGE: (
        (r"square root of a negative", "2201F"),
        (r"logarithm", "2201E"),
        (r"string|size", "54000"),
        ("", "22003"),
    ),
    ErrorKind.DIVIDE_BY_ZERO: (("", "22012"),),
    ErrorKind.CONSTRAINT: (
        (r"(?i)duplicate key|primary key or unique|unique constraint", "23505"),
        (r"NOT NULL", "23502"),
        (r"(?i)foreign key", "23503"),
        (r"CHECK", "23514"),
        ("", "23000"),
    ),
    ErrorKind.TRANSACTION: (
        (r"Attempting to write to database", "42501"),
        (r"(?i)conflict", "40001"),
        (r"read-only", "25006"),
        (r"(?i)aborted", "25P02"),
        ("", "25000"),
    ),
    ErrorKind.INVALID_INPUT: (
        (r"unrecognized configuration parameter", "42704"),
        (r"read-only transaction|transaction is launched in read-only", "25006"),
        (r"read-only", "42501"),
        (r"configuration .*locked|has been locked", "42501"),
        (r"(?i)more than one row returned by a (?:scalar )?subquery", "21000"),
        (r"(?i)regular expression|regexp|missing \)|invalid escape", "2201B"),
        (r"(?i)values were not provided|parameter", "08P01"),
        ("", "22023"),
    ),
    ErrorKind.MISMATCH_TYPE: (("", "42804"),),
    ErrorKind.INVALID_TYPE: (("", "42804"),),
    ErrorKind.PARAMETER_NOT_RESOLVED: (("", "42P18"),),
    ErrorKind.PERMISSION: (("", "42501"),),
    ErrorKind.OUT_OF_MEMORY: (
        (r"max_temp_directory_size|no space|temp_directory", "53100"),
        ("", "53200"),
    ),
    ErrorKind.IO: ((r"(?i)no space left|disk quota|max_temp_directory", "53100"), ("", "58030")),
    ErrorKind.HTTP: (("", "08000"),),
    ErrorKind.INTERRUPT: (("", INTERRUPTED),),
    ErrorKind.NOT_IMPLEMENTED: (("", "0A000"),),
    ErrorKind.SEQUENCE: (("", "55000"),),
    ErrorKind.SETTINGS: (("", "22023"),),
    ErrorKind.CONNECTION: (("", "57P01"),),
    ErrorKind.MISSING_EXTENSION: (("", "0A000"),),
    ErrorKind.AUTOLOAD: (("", "0A000"),),
}
_COMPILED: Final = {
    kind: tuple((re.compile(pattern), state) for pattern, state in rules) for kind, rules in _RULES.items()
}
_FATAL: Final = (ErrorKind.FATAL, ErrorKind.INTERNAL)

#: Their words say all that the engine's say.
_TELLS_ENOUGH: Final = frozenset({"42501", "42601", "42P01", "42703", "42P07", "42P06", "3F000", "25006", "2BP01"})
_OURS: Final = re.compile(r"_workspace_info|\bkb_|\b_v_|\bproject\.")
_HINT: Final = re.compile(r"\s*(Did you mean:? .*|Candidate (?:bindings|functions|tables).*)", re.DOTALL)
_ALIAS: Final = re.compile(r'"?_v_[A-Za-z0-9_]+"?(?:\."?main"?\."?data"?)?')


def aborted() -> SqlFault:
    """What every statement of a failed block gets."""
    return _ABORTED.moved(None)


def fault_of(error: NativeError) -> SqlFault:
    """What a client is told of an engine's error: no paths, no names of ours. The position is that of the SQL given."""
    if error.kind in _FATAL:
        return SqlFault("XX000", "internal error of the database engine", is_fatal=True)
    state = _state(error)
    text, hint = _without_names(clean_message(error.message)), None
    if found := _HINT.search(text):
        text, hint = text[: found.start()].strip(), _told_hint(found[1].strip())
    if state == "42703" and (column := _proposed_column(error, hint)):
        hint = f'Perhaps you meant to reference the column "{column}".'
    words = words_for(state, text)
    if words is None:
        return SqlFault(state, text, hint=hint, position=error.position)
    state = words.sqlstate or state
    original = text if words.message != text and state not in _TELLS_ENOUGH else None
    return SqlFault(
        state,
        words.message,
        detail=words.detail or original,
        hint=words.hint or hint,
        position=error.position,
        names=words.names,
    )


def _state(error: NativeError) -> str:
    if error.kind is ErrorKind.INVALID_INPUT and error.subtype == "USER_DEFINED":
        return "P0001"
    for pattern, state in _COMPILED.get(error.kind, ()):
        if pattern.search(error.message):
            return state
    return "XX000"


def _proposed_column(error: NativeError, hint: str | None) -> str | None:
    named = re.findall(r'"([^"]+)"', hint or "")
    candidates = error.details.get("candidates", "")
    return named[0] if named else candidates.split(",")[0].strip() or None


def _told_hint(text: str) -> str | None:
    """What the engine proposes, unless that is a name of ours."""
    return None if _OURS.search(text) else text


def _without_names(text: str) -> str:
    return _ALIAS.sub("a project table", text)

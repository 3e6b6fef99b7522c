"""What DuckDB says when a native call fails, taken apart."""

from __future__ import annotations

import json
import re
from enum import StrEnum

_PREFIX = re.compile(r"^(?P<kind>[A-Za-z]+(?: [A-Za-z]+){0,3}) Error: ")
_ECHO = re.compile(r"\n+LINE \d+: .*", re.DOTALL)


class ErrorKind(StrEnum):
    """DuckDB's error types under the names it prints, in the order of duckdb_error_type."""

    INVALID = "Invalid"
    OUT_OF_RANGE = "Out of Range"
    CONVERSION = "Conversion"
    UNKNOWN_TYPE = "Unknown Type"
    DECIMAL = "Decimal"
    MISMATCH_TYPE = "Mismatch Type"
    DIVIDE_BY_ZERO = "Divide by Zero"
    OBJECT_SIZE = "Object Size"
    INVALID_TYPE = "Invalid type"
    SERIALIZATION = "Serialization"
    TRANSACTION = "TransactionContext"
    NOT_IMPLEMENTED = "Not implemented"
    EXPRESSION = "Expression"
    CATALOG = "Catalog"
    PARSER = "Parser"
    PLANNER = "Planner"
    SCHEDULER = "Scheduler"
    EXECUTOR = "Executor"
    CONSTRAINT = "Constraint"
    INDEX = "Index"
    STAT = "Stat"
    CONNECTION = "Connection"
    SYNTAX = "Syntax"
    SETTINGS = "Settings"
    BINDER = "Binder"
    NETWORK = "Network"
    OPTIMIZER = "Optimizer"
    NULL_POINTER = "NullPointer"
    IO = "IO"
    INTERRUPT = "INTERRUPT"
    FATAL = "FATAL"
    INTERNAL = "INTERNAL"
    INVALID_INPUT = "Invalid Input"
    OUT_OF_MEMORY = "Out of Memory"
    PERMISSION = "Permission"
    PARAMETER_NOT_RESOLVED = "Parameter Not Resolved"
    PARAMETER_NOT_ALLOWED = "Parameter Not Allowed"
    DEPENDENCY = "Dependency"
    HTTP = "HTTP"
    MISSING_EXTENSION = "Missing Extension"
    AUTOLOAD = "Extension Autoloading"
    SEQUENCE = "Sequence"
    INVALID_CONFIGURATION = "Invalid Configuration"


_BY_NUMBER = tuple(ErrorKind)
_BY_NAME = {kind.value.lower(): kind for kind in ErrorKind}


class NativeError(Exception):
    """An error of the engine.

    `message` is DuckDB's own, without the kind in front and without the echo of the query: it may hold paths and has
    to be cleaned before a user sees it. `position` counts characters of the SQL text from 0, None where DuckDB knows
    no place. `subtype` is DuckDB's finer name (such as MISSING_ENTRY) or "", `details` all that it told beside it.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        position: int | None = None,
        details: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{kind.value} Error: {message}")
        self.kind = kind
        self.message = message
        self.position = position
        self.details = details or {}

    @property
    def subtype(self) -> str:
        return self.details.get("error_subtype", "")


def native_error(text: str, *, sql: str = "", number: int | None = None) -> NativeError:
    """The error that DuckDB describes by `text`, either a JSON object (errors_as_json) or a message with a prefix.

    `sql` is the text that DuckDB was given, to turn its byte offset into characters; `number` is a duckdb_error_type.
    """
    details = _json_object(text)
    if details is not None:
        kind = _BY_NAME.get(details.pop("exception_type", "").lower(), _kind_of(number))
        message = _ECHO.sub("", details.pop("exception_message", ""))
        return NativeError(kind, message, position=_position(details.pop("position", None), sql), details=details)
    prefix = _PREFIX.match(text)
    named = _BY_NAME.get(prefix["kind"].lower()) if prefix else None
    message = text[prefix.end() :] if prefix and named else text
    return NativeError(named or _kind_of(number), _ECHO.sub("", message))


def nested_error(text: str, sql: str) -> NativeError:
    """The error of a text that cannot be parsed: JSON behind a prefix. Errors of execution hold any text of a user."""
    return native_error(_PREFIX.sub("", text) if '{"exception_type"' in text else text, sql=sql)


def _kind_of(number: int | None) -> ErrorKind:
    return _BY_NUMBER[number] if number is not None and 0 <= number < len(_BY_NUMBER) else ErrorKind.INVALID


def _json_object(text: str) -> dict[str, str] | None:
    if not text.startswith('{"exception_type"'):
        return None
    try:
        parsed = json.loads(text, strict=False)
    except ValueError:
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parsed.items()}


def _position(offset: str | None, sql: str) -> int | None:
    if offset is None or not offset.isdigit():
        return None
    return len(sql.encode()[: int(offset)].decode(errors="ignore"))

"""One table from what DuckDB and the file system raise to what a user may see."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from kbstore.errors import InvalidRequest, KbstoreError, Kind, NoSpace, OperationCancelled, ServiceUnavailable
from storage.engine.monitor import Monitor

_DISK_FULL_NUMBERS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK_FULL_TEXT = re.compile(
    r"no space left|disk quota exceeded|file too large|max_temp_directory_size|out of disk|could not write all bytes",
    re.IGNORECASE,
)
_OUT_OF_MEMORY_TEXT = re.compile(r"out of memory|could not allocate|failed to allocate|memory_limit", re.IGNORECASE)

# The first class that an error is an instance of decides. Everything the data or an expression may be wrong about is
# the caller's; what is left is ours.
_CALLERS_FAULT: tuple[type[duckdb.Error], ...] = (
    duckdb.ConversionException,
    duckdb.ConstraintException,
    duckdb.OutOfRangeException,
    duckdb.TypeMismatchException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.NotImplementedException,
    duckdb.PermissionException,
    duckdb.SequenceException,
)

#: What a checked condition or conversion may still do wrong when it is bound or meets the rows.
CONDITION_ERRORS: tuple[type[duckdb.Error], ...] = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.TypeMismatchException,
)

_PREFIX = re.compile(r"^(?:[A-Z][A-Za-z]*(?: [A-Za-z]+){0,3} Error: |TransactionContext Error: )+")
_ECHO = re.compile(r"\n+\s*LINE \d+:.*", re.DOTALL)
_ADVICE = re.compile(
    r"\n?\s*(?:Possible (?:solutions|fixes)|Candidate bindings|\* (?:Try|Set|Enable|Disable|Check|Skip|Possible)|"
    r"This can be (?:fixed|disabled)|Use .SET|If (?:this|you))\b.*",
    re.DOTALL,
)
_READER_SETTINGS = re.compile(
    r"\n+\s*(?:file ?=|delimiter ?=|The search space used was|Original (?:query|SQL)).*", re.DOTALL
)
_PATH = re.compile(
    r"""(?:[Ff]ile )?(?:(?P<quote>["'])/[^/"'\n]+/[^"'\n]*(?P=quote)"""
    r"""|(?<![\w:/.])/(?:[^\s/"'<>:,;()]+/)+[^\s"'<>:,;()]*)"""
)


class VersionGone(KbstoreError):
    """The file of a version has gone since its name was looked up: look it up again."""

    kind = Kind.GONE
    code = "version_gone"
    retryable = True

    def __init__(self) -> None:
        super().__init__("This version of the table does not exist any more. Please try again.")


def clean_message(text: str) -> str:
    """The part of a DuckDB message that is for the user: no server path, no SQL of ours, no advice on settings."""
    for noise in (_ECHO, _READER_SETTINGS, _ADVICE):
        text = noise.sub("", text)
    text = _PREFIX.sub("", text.strip())
    text = _PATH.sub("the file", text)
    return re.sub(r"\n\s*\n+", "\n", text).strip()


def translate(error: duckdb.Error | OSError, monitor: Monitor | None = None) -> KbstoreError:
    """The error to raise instead of `error`; the caller chains it."""
    if isinstance(error, OSError) and not isinstance(error, duckdb.Error):
        return _translate_os_error(error)
    if isinstance(error, duckdb.InterruptException):
        reason = monitor.cancelled_with if monitor is not None else None
        return reason or OperationCancelled()
    text = str(error)
    if _DISK_FULL_TEXT.search(text):
        return no_space()
    if isinstance(error, duckdb.OutOfMemoryException) or _OUT_OF_MEMORY_TEXT.search(text):
        return out_of_memory()
    if isinstance(error, _CALLERS_FAULT):
        return InvalidRequest(clean_message(text))
    return KbstoreError("The storage engine failed. Nothing was changed.")


def no_space() -> NoSpace:
    return NoSpace("There is not enough disk space for this operation. Nothing was changed.")


def out_of_memory() -> ServiceUnavailable:
    return ServiceUnavailable(
        "This operation needs more memory than is free for it now. Nothing was changed. Please try again later.",
        code="out_of_memory",
    )


def _translate_os_error(error: OSError) -> KbstoreError:
    if error.errno in _DISK_FULL_NUMBERS:
        return no_space()
    return KbstoreError("The storage engine could not use a file. Nothing was changed.")


@contextmanager
def translated_errors(monitor: Monitor | None = None) -> Iterator[None]:
    """Raise KbstoreErrors instead of the errors of DuckDB and of the file system."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise translate(error, monitor) from error

"""One table from what the native layer raises to what a user of a workspace may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from kbstore.errors import Conflict, InvalidRequest, KbstoreError, Kind, OperationCancelled, ServiceUnavailable
from storage.engine.errors import clean_message, no_space, out_of_memory
from storage.engine.native import ErrorKind, NativeError

_DISK_FULL = re.compile(
    r"no space left|disk quota exceeded|file too large|max_temp_directory_size|could not write all bytes", re.IGNORECASE
)
_LOCKED = re.compile(r"Could not set lock on file|Conflicting lock|Unique file handle conflict")
# What is left is ours: IO, Internal, Fatal and the like.
_CALLERS_FAULT = {
    ErrorKind.OUT_OF_RANGE,
    ErrorKind.CONVERSION,
    ErrorKind.UNKNOWN_TYPE,
    ErrorKind.DECIMAL,
    ErrorKind.MISMATCH_TYPE,
    ErrorKind.DIVIDE_BY_ZERO,
    ErrorKind.INVALID_TYPE,
    ErrorKind.TRANSACTION,
    ErrorKind.NOT_IMPLEMENTED,
    ErrorKind.EXPRESSION,
    ErrorKind.CATALOG,
    ErrorKind.PARSER,
    ErrorKind.CONSTRAINT,
    ErrorKind.SYNTAX,
    ErrorKind.BINDER,
    ErrorKind.INVALID_INPUT,
    ErrorKind.PERMISSION,
    ErrorKind.PARAMETER_NOT_RESOLVED,
    ErrorKind.PARAMETER_NOT_ALLOWED,
    ErrorKind.DEPENDENCY,
    ErrorKind.SEQUENCE,
    ErrorKind.MISSING_EXTENSION,
}


class WorkspaceBusy(Conflict):
    """Another process uses the file of the workspace, and only one can."""

    code = "workspace_busy"
    retryable = True
    retry_after_seconds = 5

    def __init__(self) -> None:
        super().__init__("The workspace is in use by another server process. Please try again later.")


class WorkspaceMissing(KbstoreError):
    """The file of a workspace is not there."""

    kind = Kind.GONE
    code = "workspace_file_missing"

    def __init__(self) -> None:
        super().__init__("The file of the workspace does not exist.")


class WorkspaceDamaged(KbstoreError):
    """The file of a workspace is there and cannot be read."""

    code = "workspace_file_damaged"

    def __init__(self) -> None:
        super().__init__("The file of the workspace is damaged and cannot be opened.")


def translate_native(error: NativeError) -> KbstoreError:
    """The error to raise instead of `error`; the caller chains it."""
    if error.kind is ErrorKind.INTERRUPT:
        return OperationCancelled()
    if error.kind is ErrorKind.CONNECTION:
        return ServiceUnavailable("The workspace was closed.")
    if error.kind in {ErrorKind.IO, ErrorKind.OUT_OF_MEMORY, ErrorKind.TRANSACTION} and _DISK_FULL.search(
        error.message
    ):
        return no_space()
    if error.kind is ErrorKind.OUT_OF_MEMORY:
        return out_of_memory()
    if error.kind in _CALLERS_FAULT:
        return InvalidRequest(clean_message(error.message))
    return KbstoreError("The storage engine failed. Nothing was changed.")


@contextmanager
def translated_native_errors() -> Iterator[None]:
    """Raise KbstoreErrors instead of NativeErrors."""
    try:
        yield
    except NativeError as error:
        raise translate_native(error) from error


@contextmanager
def translated_open_errors() -> Iterator[None]:
    """Raise what keeps a workspace file from being attached: busy, damaged, or anything of `translate_native`."""
    try:
        yield
    except NativeError as error:
        if _LOCKED.search(error.message):
            raise WorkspaceBusy from error
        translated = translate_native(error)
        raise (WorkspaceDamaged() if type(translated) is KbstoreError else translated) from error

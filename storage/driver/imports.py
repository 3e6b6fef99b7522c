"""What imports of files and of tables have in common: options in, refusals and the response out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from files.errors import (
    InvalidManifest,
    InvalidObjectUrl,
    ObjectFetchFailed,
    ObjectHostNotAllowed,
    ObjectNotFound,
    TooManyObjects,
)
from kbstore.errors import KbstoreError
from storage.driver.call import Call
from storage.driver.errors import (
    COLUMNS_COUNT_NOT_MATCH,
    CONNECTION,
    DUPLICATE_COLUMN_NAMES,
    INVALID_COLUMN_NAME,
    INVALID_FILE_PARAMS,
    MANDATORY_FILE_NOT_FOUND,
    MANDATORY_INVALID_SOURCE_DATA,
    NO_COLUMNS,
    VALIDATION,
    InvalidParameter,
    Reason,
)
from storage.driver.generated.table_pb2 import ImportExportShared, TableImportResponse
from storage.errors import (
    DuplicateSourceColumns,
    ImportFailed,
    InvalidCsvOptions,
    NoSourceColumns,
    UnknownSourceColumns,
    UnreadableFile,
    WrongColumnCount,
)
from storage.services.import_rows import TIMESTAMP_COLUMN, ImportRules

Options = ImportExportShared.ImportOptions

#: The first class that fits counts.
_REASONS: tuple[tuple[type[KbstoreError], Reason], ...] = (
    (WrongColumnCount, COLUMNS_COUNT_NOT_MATCH),
    (UnknownSourceColumns, INVALID_COLUMN_NAME),
    (DuplicateSourceColumns, DUPLICATE_COLUMN_NAMES),
    (NoSourceColumns, NO_COLUMNS),
    (UnreadableFile, MANDATORY_INVALID_SOURCE_DATA),
    (ImportFailed, VALIDATION),
    (InvalidCsvOptions, INVALID_FILE_PARAMS),
    (ObjectNotFound, MANDATORY_FILE_NOT_FOUND),
    (InvalidManifest, MANDATORY_FILE_NOT_FOUND),
    (InvalidObjectUrl, INVALID_FILE_PARAMS),
    (ObjectHostNotAllowed, INVALID_FILE_PARAMS),
    (TooManyObjects, INVALID_FILE_PARAMS),
    (ObjectFetchFailed, CONNECTION),
)


def import_rules(call: Call, options: ImportExportShared.ImportOptions) -> ImportRules:
    """The rules of an import into a table that exists. Raises InvalidParameter for views, clones and odd options."""
    if options.importType not in (Options.FULL, Options.INCREMENTAL):
        raise InvalidParameter(f"importType {Options.ImportType.Name(options.importType)} is not for files.")
    if options.timestampColumn not in ("", TIMESTAMP_COLUMN):
        raise InvalidParameter(f"timestampColumn has to be {TIMESTAMP_COLUMN} or empty.")
    if options.importStrategy == Options.USER_DEFINED_TABLE and options.convertEmptyValuesToNullOnColumns:
        call.log.warn("convertEmptyValuesToNullOnColumns is for string tables only: it was ignored")
    return ImportRules(
        incremental=options.importType == Options.INCREMENTAL,
        strategy=Options.ImportStrategy.Name(options.importStrategy).lower(),
        dedup_mode=Options.DedupType.Name(options.dedupType).lower(),
        dedup_columns=tuple(options.dedupColumnsNames),
        null_texts=tuple(dict.fromkeys(options.importAsNull)),
        empty_is_null=tuple(options.convertEmptyValuesToNullOnColumns),
        timestamp_mode=Options.TimestampMode.Name(options.timestampMode).lower(),
        requires_timestamp=options.timestampColumn == TIMESTAMP_COLUMN,
    )


@contextmanager
def refusals_told(failed: str = "Failed to import file") -> Iterator[None]:
    """Say `failed: <reason>` for what is wrong with a source, with the number that hosts know it by."""
    try:
        yield
    except tuple(kind for kind, _ in _REASONS) as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        text = error.plain_reason if isinstance(error, ImportFailed) else error.message
        raise InvalidParameter(f"{failed}: {text}", reason=reason) from error


def import_response(call: Call, result: dict[str, Any]) -> TableImportResponse:
    """The response to the result of an import's job."""
    columns = result["table_columns"] if call.policy.lists_all_columns else result["columns"]
    timers = [
        TableImportResponse.Timer(name=name, duration=f"{seconds:.3f}{call.policy.timer_suffix}")
        for name, seconds in result["timers"]
    ]
    return TableImportResponse(
        importedRowsCount=result["imported_rows"],
        tableRowsCount=result["table_rows_after"],
        tableSizeBytes=result["table_size_bytes"],
        timers=timers,
        importedColumns=columns,
    )

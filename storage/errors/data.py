"""Errors of moving data in and out, of jobs and of the engine, as the contract spells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from kbstore.errors import Conflict, InvalidRequest, KbstoreError, Kind, NotFound


class ImportFailed(InvalidRequest):
    """The file does not fit the table. `reason` is a cleaned engine message; the service adds `file_id`."""

    code = "import_failed"

    def __init__(self, reason: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(f"Failed to load file: {reason}", details=details)
        self.plain_reason = reason

    def in_file(self, name: str) -> Self:
        """The same error that names the file, if it does not yet."""
        if "file" not in (self.details or {}):
            self.plain_reason += f" File: {name}"
            self.message = f"Failed to load file: {self.plain_reason}"
            self.details = {**(self.details or {}), "file": name}
        return self


class WrongColumnCount(ImportFailed):
    """A row, or a header, has more or fewer fields than there are columns."""


class UnreadableFile(ImportFailed):
    """The bytes are no file of this format: damaged, of another encoding, or not quoted as they should be."""


class UnknownSourceColumns(ImportFailed):
    """Columns of a source, or of an option, that the table does not have; or of a header that the file does not."""

    def __init__(self, names: Sequence[str], *, option: str | None = None, missing_in: str = "the table") -> None:
        subject = "Column" if len(names) == 1 else "Columns"
        named = f" of {option}" if option else ""
        shown = list(names[:20])
        super().__init__(f"{subject} {', '.join(shown)}{named} not found in {missing_in}.", details={"columns": shown})


class DuplicateSourceColumns(ImportFailed):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"Duplicate columns in the source: {', '.join(names[:20])}.")


class NoSourceColumns(ImportFailed):
    def __init__(self) -> None:
        super().__init__("No columns: the columns of sliced files have to be named.")


class ImportRefused(InvalidRequest):
    """What an import is asked for does not fit the table, whatever its source holds."""

    code = "import_refused"


class InvalidImportSource(InvalidRequest):
    code = "invalid_import_source"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid source of the import: {reason}")


class InvalidExportTarget(InvalidRequest):
    code = "invalid_export_target"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid target of the export: {reason}")


class SourceCredentialsLost(InvalidRequest):
    """The installation's secret key has changed since they were sealed."""

    code = "source_credentials_lost"

    def __init__(self) -> None:
        super().__init__("The credentials of the import cannot be read any more. Please send it again.")


class DuplicateKey(Conflict):
    """The data violates the primary key; `reason` names the count and an example."""

    code = "duplicate_key"

    def __init__(self, reason: str, *, dedup_mode: str = "fail_on_duplicates") -> None:
        super().__init__(f"Duplicate key violation: {reason}", details={"dedup_mode": dedup_mode})


class InvalidCsvOptions(InvalidRequest):
    """One option of the dialect cannot be used; `reason` completes the sentence that begins with its name."""

    code = "invalid_csv_options"

    @classmethod
    def on_field(cls, field: str, value: str, reason: str) -> InvalidCsvOptions:
        return cls(f"Invalid csv_options: {field} {reason}.", details={"field": field, "value": value})


class InvalidFormat(InvalidRequest):
    code = "invalid_format"

    def __init__(self, format: str) -> None:
        super().__init__(f"Unsupported format: {format}. Use 'csv' or 'parquet'.", details={"format": format})


class InvalidCompression(InvalidRequest):
    """`valid` names the compressions that the format knows; None, which always works, is added."""

    code = "invalid_compression"

    def __init__(self, format: str, compression: str, valid: Iterable[str]) -> None:
        super().__init__(
            f"Invalid compression for {format}: {compression}",
            details={"format": format, "valid_compression": [None, *valid]},
        )


class InvalidWhereClause(InvalidRequest):
    """A condition that is refused. The member of `details` that echoes it differs from endpoint to endpoint."""

    code = "invalid_where_clause"

    def __init__(self, reason: str, clause: str, *, detail_name: str = "where_filter") -> None:
        super().__init__(f"Invalid WHERE clause: {reason}", details={detail_name: clause[:200]})


class InvalidFilter(InvalidRequest):
    """Rows are to be filtered by something that the table has not or that does not fit its columns."""

    code = "invalid_filter"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid filter: {reason}")


class FilterRefused(InvalidRequest):
    """The same in words that clients of the driver look for."""

    code = "invalid_filter"


class InvalidColumns(InvalidRequest):
    """Columns that a request names and the table has not, or that it names twice."""

    code = "invalid_columns"

    def __init__(self, wrong: Sequence[str], existing: Sequence[str], *, problem: str = "Unknown columns") -> None:
        super().__init__(
            f"{problem}: {', '.join(wrong)}" if wrong else problem,
            details={"columns": list(wrong), "existing_columns": list(existing)},
        )


class InvalidLimit(InvalidRequest):
    code = "invalid_limit"

    def __init__(self, limit: int) -> None:
        super().__init__("The limit must not be negative.", details={"limit": limit})


class JobNotFound(NotFound):
    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id} not found", details={"job_id": job_id})


class OperationNotFound(NotFound):
    code = "operation_not_found"

    def __init__(self, project_id: str, operation_id: str) -> None:
        super().__init__(
            f"Operation {operation_id} not found in project {project_id}",
            details={"project_id": project_id, "operation_id": operation_id},
        )


class OperationFailed(KbstoreError):
    """A failure of the engine inside an operation: `Failed to {verb phrase}: {cleaned engine message}`.

    `kind` INVALID or CONFLICT where the request caused it; the code stays that of the operation.
    """

    def __init__(
        self,
        verb_phrase: str,
        reason: str,
        *,
        code: str,
        details: dict[str, Any] | None = None,
        kind: Kind = Kind.INTERNAL,
    ) -> None:
        super().__init__(f"Failed to {verb_phrase}: {reason}", details=details, code=code)
        self.kind = kind

"""The domain errors of storage, each with the code, message and details of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kbstore.errors import Conflict, Forbidden, InvalidRequest, KbstoreError, Kind, NotFound, ServiceUnavailable

# --- service and projects


class StorageUnavailable(ServiceUnavailable):
    code = "storage_unavailable"

    def __init__(self, paths: dict[str, bool]) -> None:
        super().__init__("One or more storage paths are not accessible", details=dict(paths))


class InitFailed(KbstoreError):
    code = "init_failed"

    def __init__(self, errors: Iterable[str]) -> None:
        super().__init__("Backend initialization failed", details={"errors": list(errors)})


class ProjectExists(Conflict):
    code = "project_exists"

    def __init__(self, project_id: str, status: str) -> None:
        super().__init__(f"Project {project_id} already exists", details={"project_id": project_id, "status": status})


class ProjectNotFound(NotFound):
    """`role` is "Target" or "Source" where a second project is meant; `code` is `not_found` on /projects/{p} itself."""

    code = "project_not_found"

    def __init__(self, project_id: str, *, role: str | None = None, code: str | None = None) -> None:
        subject = f"{role} project" if role else "Project"
        super().__init__(f"{subject} {project_id} not found", details={"project_id": project_id}, code=code)


class ProjectDatabaseNotFound(NotFound):
    """The project's directory is missing; `code` is `db_not_found` where the contract says so."""

    code = "project_db_not_found"

    def __init__(self, project_id: str, *, code: str | None = None) -> None:
        super().__init__(
            f"Database file for project {project_id} not found", details={"project_id": project_id}, code=code
        )


# --- branches


class BranchNotFound(NotFound):
    code = "branch_not_found"

    def __init__(self, project_id: str, branch_id: str) -> None:
        super().__init__(
            f"Branch {branch_id} not found in project {project_id}",
            details={"project_id": project_id, "branch_id": branch_id},
        )


class OperationNotAllowedOnBranch(InvalidRequest):
    """`operation` is the phrase that the endpoint's section of the contract gives, such as `delete buckets`."""

    code = "operation_not_allowed"

    def __init__(self, operation: str, branch_id: str) -> None:
        super().__init__(f"Cannot {operation} from dev branches. Use default branch.", details={"branch_id": branch_id})


# --- buckets, shares and links


class BucketError:
    """The details that all errors about one bucket share."""

    @staticmethod
    def details_of(project_id: str, bucket: str, **more: Any) -> dict[str, Any]:
        return {"project_id": project_id, "bucket_name": bucket, **more}


class BucketExists(BucketError, Conflict):
    code = "bucket_exists"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(
            f"Bucket {bucket} already exists in project {project_id}",
            details=self.details_of(project_id, bucket),
        )


class BucketNotFound(BucketError, NotFound):
    """`role` is "Source" where the source of a link is meant."""

    code = "bucket_not_found"

    def __init__(self, project_id: str, bucket: str, *, role: str | None = None) -> None:
        subject = f"{role} bucket" if role else "Bucket"
        super().__init__(
            f"{subject} {bucket} not found in project {project_id}",
            details=self.details_of(project_id, bucket),
        )


class BucketNotEmpty(BucketError, Conflict):
    code = "bucket_not_empty"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(f"Bucket {bucket} is not empty and cascade=False", details=self.details_of(project_id, bucket))


class BucketReadOnly(BucketError, Forbidden):
    """The bucket is a link to another project's bucket."""

    code = "bucket_readonly"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(f"Bucket {bucket} is linked and cannot be changed in project {project_id}")
        self.details = self.details_of(project_id, bucket)


class BucketNotShared(BucketError, Forbidden):
    """Project and name are those of the source bucket."""

    code = "bucket_not_shared"

    def __init__(self, project_id: str, bucket: str, target_project_id: str) -> None:
        super().__init__(f"Bucket {bucket} of project {project_id} is not shared with project {target_project_id}")
        self.details = self.details_of(project_id, bucket, target_project_id=target_project_id)


class AlreadyShared(BucketError, Conflict):
    code = "already_shared"

    def __init__(self, project_id: str, bucket: str, target_project_id: str) -> None:
        super().__init__(
            f"Bucket {bucket} is already shared with project {target_project_id}",
            details=self.details_of(project_id, bucket, target_project_id=target_project_id),
        )


class BucketAlreadyLinked(BucketError, Conflict):
    code = "bucket_already_linked"

    def __init__(self, project_id: str, bucket: str, existing_link: dict[str, Any]) -> None:
        super().__init__(
            f"Bucket {bucket} is already linked in project {project_id}",
            details=self.details_of(project_id, bucket, existing_link=existing_link),
        )


class LinkNotFound(BucketError, NotFound):
    code = "link_not_found"

    def __init__(self, project_id: str, bucket: str) -> None:
        super().__init__(
            f"No link found for bucket {bucket} in project {project_id}",
            details=self.details_of(project_id, bucket),
        )


# --- tables and columns


class TableExists(BucketError, Conflict):
    code = "table_exists"

    def __init__(self, project_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Table {table} already exists in bucket {bucket}",
            details=self.details_of(project_id, bucket, table_name=table),
        )


class TableNotFound(BucketError, NotFound):
    code = "table_not_found"

    def __init__(self, project_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Table {table} not found in bucket {bucket}",
            details=self.details_of(project_id, bucket, table_name=table),
        )


class VersionNotFound(NotFound):
    code = "version_not_found"

    def __init__(self, table_name: str, version_id: str) -> None:
        super().__init__(
            f"Version {version_id} not found for table {table_name}",
            details={"table_name": table_name, "version_id": version_id},
        )


class InvalidName(InvalidRequest):
    """A bucket, table, column or other name breaks the name rules; `reason` completes the sentence."""

    code = "invalid_name"

    def __init__(self, subject: str, name: str, reason: str) -> None:
        super().__init__(f"Invalid {subject} name: {reason}", details={"name": name})


class InvalidColumn(InvalidRequest):
    """A column cannot be made as asked; `code` is that of the operation (`create_failed`, `add_column_failed`, ...)."""

    code = "create_failed"


class InvalidPrimaryKey(InvalidRequest):
    code = "invalid_primary_key"

    def __init__(self, column: str, *, primary_key: Sequence[str], columns: Sequence[str]) -> None:
        super().__init__(
            f"Primary key column '{column}' not found in columns",
            details={"primary_key": list(primary_key), "columns": list(columns)},
        )


class ColumnExists(Conflict):
    code = "column_exists"

    @classmethod
    def on_add(cls, table_name: str, column_name: str, existing_columns: Sequence[str]) -> ColumnExists:
        return cls(
            f"Column {column_name} already exists in table {table_name}",
            details={"column_name": column_name, "existing_columns": list(existing_columns)},
        )

    @classmethod
    def on_rename(cls, new_name: str) -> ColumnExists:
        return cls(f"Column {new_name} already exists", details={"new_name": new_name})


class ColumnNotFound(NotFound):
    """The column of the path does not exist."""

    code = "column_not_found"

    def __init__(self, table_name: str, column_name: str, existing_columns: Sequence[str]) -> None:
        super().__init__(
            f"Column {column_name} not found in table {table_name}",
            details={"column_name": column_name, "existing_columns": list(existing_columns)},
        )


class KeyColumnNotFound(InvalidRequest):
    """A column of a primary key in the body does not exist."""

    code = "column_not_found"

    def __init__(self, table_name: str, column: str, existing_columns: Sequence[str]) -> None:
        super().__init__(
            f"Column {column} not found in table {table_name}",
            details={"column": column, "existing_columns": list(existing_columns)},
        )


class ColumnRequiresDefault(InvalidRequest):
    code = "column_requires_default"

    def __init__(self, column_name: str) -> None:
        super().__init__(
            f"Column {column_name} cannot be added as NOT NULL without a default: the table has rows",
            details={"column_name": column_name},
        )


class CannotDropLastColumn(InvalidRequest):
    code = "cannot_drop_last_column"

    def __init__(self, column_count: int = 1) -> None:
        super().__init__("Cannot drop the last column from a table", details={"column_count": column_count})


class ColumnInPrimaryKey(InvalidRequest):
    code = "column_in_primary_key"

    def __init__(self, column_name: str, primary_key: Sequence[str]) -> None:
        super().__init__(
            f"Cannot drop column {column_name}: it is part of the primary key",
            details={"primary_key": list(primary_key)},
        )


class NoChangesSpecified(InvalidRequest):
    code = "no_changes_specified"

    def __init__(self) -> None:
        super().__init__("At least one change must be specified")


class PrimaryKeyExists(Conflict):
    code = "primary_key_exists"

    def __init__(self, table_name: str, existing_primary_key: Sequence[str]) -> None:
        super().__init__(
            f"Table {table_name} already has a primary key",
            details={"existing_primary_key": list(existing_primary_key)},
        )


class NoPrimaryKey(InvalidRequest):
    code = "no_primary_key"

    def __init__(self, table_name: str) -> None:
        super().__init__(f"Table {table_name} does not have a primary key")


# --- moving data


class ImportFailed(InvalidRequest):
    """The file does not fit the table. `reason` is a cleaned engine message; the service adds `file_id`."""

    code = "import_failed"

    def __init__(self, reason: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(f"Failed to load file: {reason}", details=details)


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


class InvalidColumns(InvalidRequest):
    code = "invalid_columns"

    def __init__(self, unknown: Sequence[str], existing: Sequence[str]) -> None:
        super().__init__(
            f"Unknown columns: {', '.join(unknown)}",
            details={"columns": list(unknown), "existing_columns": list(existing)},
        )


class InvalidLimit(InvalidRequest):
    code = "invalid_limit"

    def __init__(self, limit: int) -> None:
        super().__init__("The limit must not be negative.", details={"limit": limit})


# --- files, snapshots and jobs


class FileNotFound(NotFound):
    code = "file_not_found"

    def __init__(self, project_id: str, file_id: str) -> None:
        super().__init__(
            f"File {file_id} not found in project {project_id}",
            details={"project_id": project_id, "file_id": file_id},
        )


class FileContentNotFound(NotFound):
    code = "file_content_not_found"

    def __init__(self, file_id: str) -> None:
        super().__init__("File content not found on disk", details={"file_id": file_id})


class JobNotFound(NotFound):
    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id} not found", details={"job_id": job_id})


# --- API keys


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"

    def __init__(self, project_id: str, key_id: str) -> None:
        super().__init__(
            f"API key {key_id} not found in project {project_id}",
            details={"project_id": project_id, "key_id": key_id},
        )


class CannotRevokeLastAdminKey(InvalidRequest):
    code = "cannot_revoke_last_admin_key"

    def __init__(self, project_id: str, key_id: str, active_project_admin_keys: int = 1) -> None:
        super().__init__(
            "Cannot revoke the last active project_admin key. Create a new one first.",
            details={
                "project_id": project_id,
                "key_id": key_id,
                "active_project_admin_keys": active_project_admin_keys,
            },
        )


class CannotRotateRevokedKey(InvalidRequest):
    code = "cannot_rotate_revoked_key"

    def __init__(self, key_id: str) -> None:
        super().__init__("Cannot rotate a revoked key. Create a new key instead.", details={"key_id": key_id})


class InvalidKeyRequest(InvalidRequest):
    """The scope of a new key and its branch do not go together."""

    def __init__(self, scope: str) -> None:
        branch_rule = "must be null" if scope == "project_admin" else "is required"
        super().__init__(f"branch_id {branch_rule} for scope '{scope}'", details={"scope": scope})


# --- engine failures


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

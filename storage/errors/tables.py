"""Errors of tables, their columns and keys, as the contract spells them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from kbstore.errors import Conflict, InvalidRequest, NotFound
from storage.errors.buckets import BucketError


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


class TableNotInMain(BucketError, NotFound):
    """A table that only a branch may have is asked for in main."""

    code = "table_not_found"

    def __init__(self, project_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Table {bucket}.{table} not found in main project",
            details=self.details_of(project_id, bucket, table_name=table),
        )


class TableNotInBranch(BucketError, NotFound):
    """The branch reads the table from main: there is nothing of its own."""

    code = "table_not_found"

    def __init__(self, project_id: str, branch_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Table {bucket}.{table} not found in branch {branch_id}",
            details=self.details_of(project_id, bucket, table_name=table, branch_id=branch_id),
        )


class PushConflict(BucketError, Conflict):
    """Main's table is not the one that the branch's version began with."""

    code = "push_conflict"

    def __init__(self, project_id: str, branch_id: str, bucket: str, table: str) -> None:
        super().__init__(
            f"Table {bucket}.{table} was changed in main since branch {branch_id} made its own version. "
            "Use force=true to replace it.",
            details=self.details_of(project_id, bucket, table_name=table, branch_id=branch_id),
        )


class NoSuchState(NotFound):
    """Nothing is kept of what the table was at a moment."""

    code = "state_not_found"

    def __init__(self, table: str, moment: datetime.datetime) -> None:
        super().__init__(
            f"Nothing is kept of table {table} as it was at {moment.isoformat(sep=' ')}",
            details={"table_name": table, "moment": moment.isoformat()},
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
            f"Column {column_name} cannot be added as NOT NULL without a default: the table has rows. "
            "Give a default or leave it nullable.",
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


class DoesNotFit(Conflict):
    """The rows of a table do not fit its new shape; nothing was changed. `reason` names how many and an example."""

    code = "does_not_fit"


class PrimaryKeyViolation(Conflict):
    """The rows violate a new primary key: `count` keys or rows do; the example maps its columns to texts."""

    code = "primary_key_violation"

    def __init__(self, reason: str, *, columns: Sequence[str], count: int, example: dict[str, str | None]) -> None:
        super().__init__(
            f"Primary key violation: {reason}",
            details={"primary_key": list(columns), "count": count, "example": example},
        )

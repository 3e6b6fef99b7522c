"""Tables: columns, contents, versions, and what is done to rows."""

from __future__ import annotations

import datetime
from typing import Any

from keboola_duckdb.models.base import Model


class Column(Model):
    """A column of a table, its type as DuckDB spells it."""

    name: str
    type: str
    nullable: bool
    ordinal_position: int


class Table(Model):
    """A table with exact rows and bytes; `source` says whether a branch has its own (`branch`) or reads `main`."""

    name: str
    bucket: str
    columns: list[Column]
    row_count: int
    size_bytes: int
    primary_key: list[str]
    created_at: datetime.datetime | None
    source: str


class TablePreview(Model):
    """The first rows. Decimals, dates and the like are texts, integers are exact."""

    columns: list[Column]
    rows: list[dict[str, Any]]
    total_row_count: int
    preview_row_count: int


class RowDeletion(Model):
    """How many rows went and how many are left."""

    deleted_rows: int
    table_rows_after: int


class ImportResult(Model):
    """What a load did to the table."""

    imported_rows: int
    table_rows_after: int
    table_size_bytes: int
    warnings: list[str]


class ExportResult(Model):
    """Where exported rows are: in the file `file_id` of the project, or at `target_url`."""

    file_id: str | None
    file_path: str
    rows_exported: int
    file_size_bytes: int
    file_count: int = 1
    target_url: str | None = None


class TableVersion(Model):
    """One state in a table's history; `snapshots` are the ids of those that pin it."""

    id: str
    version: int
    created_at: datetime.datetime
    created_by: str | None
    operation: str
    job_id: str | None
    row_count: int
    size_bytes: int
    columns: list[Column]
    primary_key: list[str]
    is_current: bool
    snapshots: list[str]

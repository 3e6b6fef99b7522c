"""What imports and exports can be asked for, and how that is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from keboola_duckdb.calls import given, list_of_names
from keboola_duckdb.errors import ConfigurationError
from keboola_duckdb.progress import ProgressCallback

FileFormat = Literal["csv", "parquet"]
DedupMode = Literal["update_duplicates", "insert_duplicates", "fail_on_duplicates"]
Compression = Literal["gzip", "zstd", "snappy"]
#: Names to types, or objects with name, type, nullable and default.
Columns = Mapping[str, str] | Sequence[Mapping[str, Any]]


class Waiting(TypedDict, total=False):
    """`timeout` are the seconds that a job may take before TimeoutError is raised; it goes on then."""

    timeout: float | None
    on_progress: ProgressCallback | None
    branch: str


class LoadOptions(Waiting, total=False):
    """How rows get into a table. `incremental` adds to its rows, otherwise they are replaced.

    `csv_options` are delimiter, quote, escape, header, null_string and quoted_null; without any the server finds the
    dialect out. `keep_file` keeps what was uploaded for the import among the files of the project.
    """

    incremental: bool
    dedup_mode: DedupMode | None
    csv_options: Mapping[str, Any] | None
    format: FileFormat | None
    keep_file: bool


class ImportOptions(LoadOptions, total=False):
    """Also where the rows are, if not in a source of the caller: a file of the project, or objects by their URL.

    `columns` are those of the table that the file supplies, in its order.
    """

    file_id: str | None
    source_url: str | None
    source_type: Literal["file", "manifest", "prefix"] | None
    source_credentials: Mapping[str, str] | None
    columns: Sequence[str] | None


class ExportOptions(Waiting, total=False):
    """Which rows, and how they are written. `where` is an SQL condition over the columns of the table.

    `target_url` writes to objects of the project instead of a file, with `max_file_size` in slices of so many bytes.
    """

    format: FileFormat | None
    compression: Compression | None
    columns: Sequence[str] | None
    where: str | None
    limit: int | None
    order_by: Sequence[str] | None
    delimiter: str | None
    quote: str | None
    header: bool | None
    null_string: str | None
    target_url: str | None
    max_file_size: int | None


class RowOptions(Waiting, total=False):
    """Which rows and columns. `where` is an SQL condition over the columns of the table."""

    columns: Sequence[str] | None
    where: str | None
    limit: int | None
    order_by: Sequence[str] | None


def column_definitions(columns: Columns) -> list[dict[str, Any]]:
    """As a new table wants them."""
    if isinstance(columns, Mapping):
        return [{"name": name, "type": type_name} for name, type_name in columns.items()]
    return [dict(column) for column in columns]


def waiting(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say how to wait for a job."""
    return {name: options[name] for name in ("timeout", "on_progress") if name in options}


def import_body(options: ImportOptions, *, file_id: str | None) -> dict[str, Any]:
    """Raises ConfigurationError unless there is exactly one source."""
    url = options.get("source_url")
    if (file_id is None) == (url is None):
        raise ConfigurationError("Give one thing to import: a source, a file_id or a source_url.")
    columns = options.get("columns")
    csv_options = options.get("csv_options")
    return given(
        file_id=file_id,
        source_url=url,
        source_type=options.get("source_type"),
        source_credentials=options.get("source_credentials"),
        format=options.get("format"),
        csv_options=None if csv_options is None else dict(csv_options),
        import_options=given(
            incremental=options.get("incremental"),
            dedup_mode=options.get("dedup_mode"),
            columns=None if columns is None else list_of_names(columns),
        ),
    )


def export_body(options: ExportOptions) -> dict[str, Any]:
    sent = {name: value for name, value in options.items() if name not in ("timeout", "on_progress", "branch", "where")}
    for name in ("columns", "order_by"):
        if sent.get(name) is not None:
            sent[name] = list_of_names(sent[name])  # type: ignore[arg-type]
    return given(**sent, where_filter=options.get("where"))


def format_of_name(name: str) -> tuple[FileFormat, Compression | None] | None:
    """Format and compression that the name of a target asks for; None if it asks for none."""
    lower = name.lower()
    if lower.endswith(".parquet"):
        return "parquet", None
    if lower.endswith((".csv.gz", ".gz")):
        return "csv", "gzip"
    return ("csv", None) if lower.endswith(".csv") else None

"""`keboola-duckdb data`: loads from, and exports to, files of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.commands.table_data import (
    ColumnsOption,
    DelimiterOption,
    IncrementalOption,
    NoHeaderOption,
    WhereOption,
    csv_options,
)
from keboola_duckdb.cli.local_files import STANDARD_STREAM, check_format, file_format, local_target
from keboola_duckdb.cli.parameters import BucketArgument, ProjectArgument, TableArgument, names_in
from keboola_duckdb.cli.session import session_of

if TYPE_CHECKING:
    from keboola_duckdb.data_options import FileFormat

app = new_group("data")


@command(app, "import", example="keboola-duckdb data import 123 in_c_sales orders --file-id FILE_ID --incremental")
def import_(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    file_id: Annotated[str, typer.Option("--file-id", metavar="ID", help="A file of the project: see `files list`.")],
    incremental: IncrementalOption = False,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="csv|parquet", help="Of the file; by its name if not given.")
    ] = None,
    delimiter: DelimiterOption = None,
    no_header: NoHeaderOption = False,
) -> None:
    """Load a file that was uploaded before into a table."""
    session = session_of(context)
    check_format(format_)
    if not session.may(f"load file {file_id} into {bucket}.{table}"):
        return
    kb = session.client
    kind = format_ or file_format(kb.files.get(project, file_id).name)
    with session.progress(table) as bar:
        result = kb.tables.import_file(
            project,
            bucket,
            table,
            file_id=file_id,
            incremental=incremental,
            format=cast("FileFormat | None", kind),
            csv_options=csv_options(delimiter, no_header),
            on_progress=bar.update,
        )
    session.object(result)


@command(app, "export", example="keboola-duckdb data export 123 in_c_sales orders --format parquet --output o.parquet")
def export(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="PATH", help="Download the file too; `-` is stdout.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", metavar="csv|parquet", help="Of the file.")] = "csv",
    columns: ColumnsOption = None,
    where: WhereOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=0, help="At most so many rows.")
    ] = None,
) -> None:
    """Write the rows of a table into a file of the project, and with --output to a local one."""
    session = session_of(context)
    check_format(format_)
    options: dict[str, Any] = {"columns": names_in(columns) or None, "where": where, "limit": limit}
    if not session.may(f"export {bucket}.{table} to a file of project {project}"):
        return
    kb = session.client
    with session.progress(table) as bar:
        result = kb.tables.export(
            project,
            bucket,
            table,
            format=cast("FileFormat", format_),
            on_progress=bar.update,
            **{option: value for option, value in options.items() if value is not None},
        )
        if output is not None:
            kb.files.download(project, str(result.file_id), local_target(output), on_progress=bar.update)
    if output != STANDARD_STREAM:
        session.object(result)

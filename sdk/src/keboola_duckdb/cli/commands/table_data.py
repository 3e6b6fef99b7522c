"""`keboola-duckdb tables import` and `export`: rows from and to local files and pipes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from keboola_duckdb.cli.command_classes import command
from keboola_duckdb.cli.local_files import STANDARD_STREAM, check_format, local_source, local_target
from keboola_duckdb.cli.naming import branch_id
from keboola_duckdb.cli.parameters import (
    DEFAULT_BRANCH,
    BranchOption,
    BucketArgument,
    ProjectArgument,
    TableArgument,
    names_in,
)
from keboola_duckdb.cli.session import session_of

IncrementalOption = Annotated[
    bool, typer.Option("--incremental", "-i", help="Add to the rows there are; rows with a known key replace them.")
]
DelimiterOption = Annotated[str | None, typer.Option("--delimiter", metavar="C", help="Between the fields of a CSV.")]
NoHeaderOption = Annotated[bool, typer.Option("--no-header", help="The first line of the CSV is a row already.")]
ColumnsOption = Annotated[str | None, typer.Option("--columns", "-c", metavar="A,B", help="These columns only.")]
WhereOption = Annotated[
    str | None, typer.Option("--where", metavar="SQL", help="Rows that this condition is true for.")
]


def register(app: typer.Typer) -> None:
    """Put both commands into the group `tables`."""
    command(app, "import", example="keboola-duckdb tables import 123 in_c_sales orders orders.csv")(import_)
    command(app, "export", example="keboola-duckdb tables export 123 in_c_sales orders - | head")(export)


def csv_options(delimiter: str | None, no_header: bool) -> dict[str, Any] | None:
    """How a CSV is written where it differs from the usual; None if it does not."""
    chosen: dict[str, Any] = {} if delimiter is None else {"delimiter": delimiter.replace("\\t", "\t")}
    return chosen | ({"header": False} if no_header else {}) or None


def import_(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or Parquet, also .gz; `-` is stdin.")],
    incremental: IncrementalOption = False,
    delimiter: DelimiterOption = None,
    no_header: NoHeaderOption = False,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Load a local file into a table. Without --incremental its rows replace those of the table."""
    session = session_of(context)
    if not session.may(f"load {file} into {bucket}.{table}"):
        return
    with session.progress(table) as bar:
        result = session.client.tables.import_file(
            project,
            bucket,
            table,
            local_source(file),
            incremental=incremental,
            csv_options=csv_options(delimiter, no_header),
            branch=branch_id(session, project, branch),
            on_progress=bar.update,
        )
    session.object(result)


def export(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="A file or directory; `-` is stdout.")],
    format_: Annotated[
        str | None, typer.Option("--format", metavar="csv|parquet", help="Of the file; by its name if not given.")
    ] = None,
    columns: ColumnsOption = None,
    where: WhereOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=0, help="At most so many rows.")
    ] = None,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Write the rows of a table to a file or to stdout."""
    session = session_of(context)
    if not session.may(f"write {bucket}.{table} to {output}"):
        return
    check_format(format_)
    options: dict[str, Any] = {"format": format_, "columns": names_in(columns) or None, "where": where, "limit": limit}
    with session.progress(table) as bar:
        exported = session.client.tables.download(
            project,
            bucket,
            table,
            local_target(output),
            branch=branch_id(session, project, branch),
            on_progress=bar.update,
            **{option: value for option, value in options.items() if value is not None},
        )
    if output != STANDARD_STREAM:
        session.say(f"{exported.rows_exported:,} rows of {bucket}.{table} are in {output}.")

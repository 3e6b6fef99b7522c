"""`keboola-duckdb schema`: columns and primary keys."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.parameters import BucketArgument, ProjectArgument, TableArgument, names_in
from keboola_duckdb.cli.session import session_of

app = new_group("schema")

ColumnArgument = Annotated[str, typer.Argument(metavar="COLUMN", help="Name of the column.")]


@command(app, "add-column", example="keboola-duckdb schema add-column 123 in_c_sales orders items INTEGER --default 1")
def add_column(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    column: ColumnArgument,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as VARCHAR, INTEGER or DECIMAL(10,2).")],
    default: Annotated[
        str | None,
        typer.Option("--default", metavar="SQL", help="For the rows there are and new ones, such as 0 or \"'none'\"."),
    ] = None,
    not_null: Annotated[bool, typer.Option("--not-null", help="Refuse NULL in it.")] = False,
) -> None:
    """Add a column to a table."""
    session = session_of(context)
    if session.may(f"add column {column} {type_} to {bucket}.{table}"):
        with session.progress("Add column") as bar:
            made = session.client.tables.add_column(
                project, bucket, table, column, type_, nullable=not not_null, default=default, on_progress=bar.update
            )
        session.object(made)


@command(app, "drop-column", example="keboola-duckdb schema drop-column 123 in_c_sales orders note --yes")
def drop_column(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    column: ColumnArgument,
) -> None:
    """Drop a column with what is in it."""
    session = session_of(context)
    if session.may(f"drop column {column} of {bucket}.{table} with what is in it", loses=True):
        with session.progress("Drop column") as bar:
            left = session.client.tables.drop_column(project, bucket, table, column, on_progress=bar.update)
        session.object(left)


@command(app, "alter-column", example="keboola-duckdb schema alter-column 123 in_c_sales orders amount --type DOUBLE")
def alter_column(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    column: ColumnArgument,
    rename: Annotated[str | None, typer.Option("--rename", metavar="NAME", help="Its new name.")] = None,
    new_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Its new type; every value has to fit.")
    ] = None,
    not_null: Annotated[bool | None, typer.Option("--not-null/--nullable", help="Refuse or allow NULL.")] = None,
    default: Annotated[
        str | None, typer.Option("--default", metavar="SQL", help="What new rows get, such as 0 or \"'none'\".")
    ] = None,
) -> None:
    """Change the name, type, default of a column, or whether it may be NULL."""
    session = session_of(context)
    if rename is None and new_type is None and not_null is None and default is None:
        raise UsageFailure("Say what to change: --rename, --type, --not-null, --nullable or --default.")
    if session.may(f"change column {column} of {bucket}.{table}"):
        with session.progress("Alter column") as bar:
            changed = session.client.tables.alter_column(
                project,
                bucket,
                table,
                column,
                new_name=rename,
                new_type=new_type,
                set_not_null=not_null,
                set_default=default,
                on_progress=bar.update,
            )
        session.object(changed)


@command(app, "set-pk", example="keboola-duckdb schema set-pk 123 in_c_sales orders id")
def set_pk(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    columns: Annotated[list[str], typer.Argument(metavar="COLUMN...", help="Its columns, in order; or A,B.")],
) -> None:
    """Give a table a primary key; its rows have to be unique by it."""
    session = session_of(context)
    key = columns if len(columns) > 1 else names_in(columns[0])
    if session.may(f"make {', '.join(key)} the primary key of {bucket}.{table}"):
        with session.progress("Primary key") as bar:
            keyed = session.client.tables.set_primary_key(project, bucket, table, key, on_progress=bar.update)
        session.object(keyed)


@command(app, "drop-pk", example="keboola-duckdb schema drop-pk 123 in_c_sales orders --yes")
def drop_pk(context: typer.Context, project: ProjectArgument, bucket: BucketArgument, table: TableArgument) -> None:
    """Drop the primary key of a table; its rows stay."""
    session = session_of(context)
    if session.may(f"drop the primary key of {bucket}.{table}", loses=True):
        with session.progress("Primary key") as bar:
            left = session.client.tables.drop_primary_key(project, bucket, table, on_progress=bar.update)
        session.object(left)

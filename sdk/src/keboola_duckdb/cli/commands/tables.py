"""`keboola-duckdb tables`: what is done to whole tables; their data is in table_data.py."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.commands import table_data, table_profile
from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.local_files import infer_columns
from keboola_duckdb.cli.naming import branch_id
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import as_names, count, size, time
from keboola_duckdb.cli.parameters import (
    DEFAULT_BRANCH,
    DEFAULT_LIMIT,
    AllOption,
    BranchOption,
    BucketArgument,
    LimitOption,
    PrimaryKeyOption,
    ProjectArgument,
    TableArgument,
    names_in,
)
from keboola_duckdb.cli.session import Session, session_of

app = new_group("tables")

COLUMNS = [
    Column("name"),
    count("row_count", "rows"),
    size(),
    Column("columns", show=lambda columns: str(len(columns)), right=True),
    Column("primary_key", "primary key", show=as_names),
    Column("source"),
    time("created_at", "created"),
]


@command(app, "list", example="keboola-duckdb tables list 123 in_c_sales")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    branch: BranchOption = DEFAULT_BRANCH,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the tables of a bucket."""
    session = session_of(context)
    tables = session.client.tables
    show_list(
        session,
        project,
        bucket,
        list_page=tables.list,
        iterate=tables.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
        branch=branch_id(session, project, branch),
    )


@command(app, "create", example="keboola-duckdb tables create 123 in_c_sales orders --from-csv orders.csv -k id")
def create(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Name of the new table.")],
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="JSON", help='As {"id": "INTEGER"} or [{"name": "id", "type": "INTEGER"}].'),
    ] = None,
    from_csv: Annotated[
        str | None, typer.Option("--from-csv", metavar="FILE", help="Infer names and types from the start of a file.")
    ] = None,
    primary_key: PrimaryKeyOption = None,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Create an empty table."""
    session = session_of(context)
    if (columns is None) == (from_csv is None):
        raise UsageFailure("Give the columns either as --columns JSON or --from-csv FILE.")
    definitions = _columns_in(columns) if columns is not None else infer_columns(str(from_csv))
    if session.may(f"create table {bucket}.{table} with {_in_words(definitions)}"):
        key = names_in(primary_key) or None
        at = branch_id(session, project, branch)
        session.object(session.client.tables.create(project, bucket, table, definitions, primary_key=key, branch=at))
        session.say(f"Table {bucket}.{table} is created.")
        if from_csv is not None:
            session.say(f"Its rows: keboola-duckdb tables import {project} {bucket} {table} {from_csv}")


def _columns_in(text: str) -> dict[str, str] | list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageFailure(f"--columns is not valid JSON: {error}.") from error
    if isinstance(found, dict) and all(isinstance(kind, str) for kind in found.values()):
        return found
    if isinstance(found, list) and all(isinstance(column, dict) for column in found):
        return found
    raise UsageFailure('--columns is neither {"name": "TYPE"} nor [{"name": ..., "type": ...}].')


def _in_words(definitions: dict[str, str] | list[dict[str, Any]]) -> str:
    if isinstance(definitions, dict):
        return ", ".join(f"{name} {kind}" for name, kind in definitions.items())
    return ", ".join(f"{column.get('name')} {column.get('type')}" for column in definitions)


@command(app, "get", example="keboola-duckdb tables get 123 in_c_sales orders")
def get(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Show a table: columns, primary key, rows and bytes."""
    session = session_of(context)
    at = branch_id(session, project, branch)
    session.object(session.client.tables.get(project, bucket, table, branch=at))


@command(app, "preview", example="keboola-duckdb tables preview 123 in_c_sales orders --limit 20")
def preview(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="So many rows, at most 10000.")] = 10,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Show the first rows of a table."""
    session = session_of(context)
    at = branch_id(session, project, branch)
    seen = session.client.tables.preview(project, bucket, table, limit=limit, branch=at)
    numbers = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "NUMERIC")
    columns = [
        Column(column.name, right=any(word in column.type.upper() for word in numbers)) for column in seen.columns
    ]
    session.rows(seen.rows, columns)
    if seen.total_row_count > len(seen.rows):
        session.say(f"{len(seen.rows):,} of {seen.total_row_count:,} rows shown.")


@command(app, "delete", example="keboola-duckdb tables delete 123 in_c_sales orders --yes")
def delete(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Delete a table. Unless settings say otherwise a snapshot is kept for some days."""
    _delete(session_of(context), project, bucket, [table], branch)


@command(app, "delete-many", example="keboola-duckdb tables delete-many 123 in_c_sales orders_2023 orders_2024 --yes")
def delete_many(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    tables: Annotated[list[str], typer.Argument(metavar="TABLE...", help="Names of the tables.")],
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Delete several tables after asking once. The first failure ends it; what was deleted by then stays deleted."""
    _delete(session_of(context), project, bucket, tables, branch)


def _delete(session: Session, project: str, bucket: str, tables: list[str], branch: str) -> None:
    what = (
        f"table {bucket}.{tables[0]}" if len(tables) == 1 else f"{len(tables)} tables of {bucket} ({', '.join(tables)})"
    )
    if session.may(f"delete {what} of project {project}", loses=True):
        at = branch_id(session, project, branch)
        for table in tables:
            session.client.tables.delete(project, bucket, table, branch=at)
            session.say(f"Table {bucket}.{table} is deleted.")


table_data.register(app)
table_profile.register(app)

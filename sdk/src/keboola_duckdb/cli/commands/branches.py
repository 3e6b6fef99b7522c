"""`keboola-duckdb branches`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.naming import branch_id
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import count, size, time
from keboola_duckdb.cli.parameters import (
    DEFAULT_LIMIT,
    AllOption,
    BucketArgument,
    LimitOption,
    ProjectArgument,
    TableArgument,
)
from keboola_duckdb.cli.session import session_of

app = new_group("branches")

COLUMNS = [
    Column("id"),
    Column("name"),
    count("table_count", "own tables"),
    size(),
    time("created_at", "created"),
    Column("description"),
]
BranchArgument = Annotated[str, typer.Argument(metavar="BRANCH", help="Id or name of the branch.")]


@command(app, "list", example="keboola-duckdb branches list 123")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the development branches of a project, newest first."""
    session = session_of(context)
    branches = session.client.branches
    show_list(
        session,
        project,
        list_page=branches.list,
        iterate=branches.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
    )


@command(app, "create", example="keboola-duckdb branches create 123 try-new-prices")
def create(
    context: typer.Context,
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new branch.")],
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")] = None,
) -> None:
    """Create a branch: it reads the tables of main until it changes them for itself."""
    session = session_of(context)
    if session.may(f"create branch {name} in project {project}"):
        session.object(session.client.branches.create(project, name, description=description))
        session.say(f"Branch {name} is created: use it with --branch {name}.")


@command(app, "get", example="keboola-duckdb branches get 123 try-new-prices")
def get(context: typer.Context, project: ProjectArgument, branch: BranchArgument) -> None:
    """Show a branch and the tables that it has for itself."""
    session = session_of(context)
    session.object(session.client.branches.get(project, branch_id(session, project, branch)))


@command(app, "pull", example="keboola-duckdb branches pull 123 try-new-prices in_c_sales orders --yes")
def pull(
    context: typer.Context,
    project: ProjectArgument,
    branch: BranchArgument,
    bucket: BucketArgument,
    table: TableArgument,
) -> None:
    """Let a branch read a table of main again; what the branch changed in it is lost."""
    session = session_of(context)
    if session.may(f"drop what branch {branch} changed in {bucket}.{table}", loses=True):
        known = branch_id(session, project, branch)
        session.object(session.client.branches.pull(project, known, bucket, table))


@command(app, "delete", example="keboola-duckdb branches delete 123 try-new-prices --yes")
def delete(context: typer.Context, project: ProjectArgument, branch: BranchArgument) -> None:
    """Delete a branch with its own tables and workspaces; main stays as it is."""
    session = session_of(context)
    if session.may(f"delete branch {branch} of project {project} with its own tables", loses=True):
        session.client.branches.delete(project, branch_id(session, project, branch))
        session.say(f"Branch {branch} is deleted.")

"""`keboola-duckdb workspaces`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.failures import REFUSED, UsageFailure
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.naming import branch_id, workspace_id
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import count, size, time
from keboola_duckdb.cli.parameters import (
    DEFAULT_BRANCH,
    DEFAULT_LIMIT,
    AllOption,
    BranchOption,
    LimitOption,
    ProjectArgument,
)
from keboola_duckdb.cli.psql import become_psql, psql_command
from keboola_duckdb.cli.session import Session, session_of

if TYPE_CHECKING:
    from keboola_duckdb.models.workspaces import Connection

app = new_group("workspaces")

COLUMNS = [
    Column("id"),
    Column("name"),
    Column("status"),
    Column("branch_id", "branch"),
    size(),
    time("created_at", "created"),
    time("expires_at", "expires"),
]
LOADED = [
    Column("source"),
    Column("destination"),
    Column("status"),
    count("rows"),
    size(),
    Column("error", show=lambda error: error["message"] if error else ""),
]
WorkspaceArgument = Annotated[str, typer.Argument(metavar="WORKSPACE", help="Id or name of the workspace.")]


@command(app, "list", example="keboola-duckdb workspaces list 123")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the workspaces of a project."""
    session = session_of(context)
    workspaces = session.client.workspaces
    show_list(
        session,
        project,
        list_page=workspaces.list,
        iterate=workspaces.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
    )


@command(app, "create", example="keboola-duckdb workspaces create 123 analysis --load in_c_sales.orders")
def create(
    context: typer.Context,
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new workspace.")],
    branch: BranchOption = DEFAULT_BRANCH,
    ttl_hours: Annotated[
        int | None, typer.Option("--ttl-hours", metavar="HOURS", min=1, help="It is deleted after so long.")
    ] = None,
    size_limit_gb: Annotated[
        int | None, typer.Option("--size-limit-gb", metavar="GB", min=1, help="How much it may hold.")
    ] = None,
    load: Annotated[
        list[str] | None, typer.Option("--load", metavar="BUCKET.TABLE", help="Copy this table into it (repeatable).")
    ] = None,
) -> None:
    """Create a workspace and print how to connect, with its password, which is never shown again."""
    session = session_of(context)
    if session.may(f"create workspace {name} in project {project}"):
        chosen: dict[str, Any] = {"ttl_hours": ttl_hours, "size_limit_gb": size_limit_gb, "preload": load}
        made = session.client.workspaces.create(
            project,
            name,
            branch=branch_id(session, project, branch),
            **{option: value for option, value in chosen.items() if value is not None},
        )
        session.object(made)
        session.say(f"Workspace {name} is created. Keep its password: it is shown only now.")


@command(app, "get", example="keboola-duckdb workspaces get 123 analysis")
def get(context: typer.Context, project: ProjectArgument, workspace: WorkspaceArgument) -> None:
    """Show a workspace, what it holds and which tables of the project it sees."""
    session = session_of(context)
    session.object(session.client.workspaces.get(project, workspace_id(session, project, workspace)))


@command(
    app, "load", example="keboola-duckdb workspaces load 123 analysis in_c_sales.orders in_c_sales.customers=buyers"
)
def load(
    context: typer.Context,
    project: ProjectArgument,
    workspace: WorkspaceArgument,
    tables: Annotated[
        list[str], typer.Argument(metavar="BUCKET.TABLE[=NAME]...", help="Tables to copy, and what to call them there.")
    ],
) -> None:
    """Copy tables of the project into a workspace."""
    session = session_of(context)
    orders = [_load_order(text) for text in tables]
    if not session.may(f"load {', '.join(tables)} into workspace {workspace}"):
        return
    with session.progress("Load") as bar:
        known = workspace_id(session, project, workspace)
        done = session.client.workspaces.load(project, known, orders, on_progress=bar.update)
    session.rows(done.loaded, LOADED)
    failed = [table for table in done.loaded if table.status != "loaded"]
    if failed:
        session.fail(f"{len(failed)} of {len(orders)} tables could not be loaded: {failed[0].source}.")
        raise typer.Exit(REFUSED)


def _load_order(text: str) -> dict[str, Any]:
    source, _, destination = text.partition("=")
    return {"source": source, "destination": destination} if destination else {"source": source}


@command(app, "connect", example="keboola-duckdb workspaces connect 123 analysis --exec --reset -- -c 'SELECT 1'")
def connect(
    context: typer.Context,
    project: ProjectArgument,
    workspace: WorkspaceArgument,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PSQL_OPTION...]", help="Words for psql, after `--`.")
    ] = None,
    execute: Annotated[bool, typer.Option("--exec", help="Run psql instead of printing the command.")] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Make a new password and use it; the old one stops working.")
    ] = False,
) -> None:
    """Print the psql command for a workspace, or run psql.

    psql asks for the password that `create` printed, or takes it from PGPASSWORD.
    """
    session = session_of(context)
    words = arguments or []
    if reset and not session.may(f"make a new password for workspace {workspace}"):
        return
    connection = _connection(session, project, workspace_id(session, project, workspace), reset=reset)
    if not execute or session.options.dry_run:
        secret = f"PGPASSWORD={shlex.quote(connection.password)} " if connection.password else ""
        typer.echo(secret + shlex.join(psql_command(connection, words)))
        return
    become_psql(connection, words)


def _connection(session: Session, project: str, workspace: str, *, reset: bool) -> Connection:
    workspaces = session.client.workspaces
    if reset:
        return workspaces.reset_credentials(project, workspace)
    connection = workspaces.get(project, workspace).connection
    if connection is None:
        raise UsageFailure(
            "This server takes no SQL connections: see PGWIRE_ENABLED in its settings.", exit_code=REFUSED
        )
    return connection


@command(app, "reset-credentials", example="keboola-duckdb workspaces reset-credentials 123 analysis --yes")
def reset_credentials(context: typer.Context, project: ProjectArgument, workspace: WorkspaceArgument) -> None:
    """Make a new password and print it; the old one stops working."""
    session = session_of(context)
    if session.may(f"make a new password for workspace {workspace}: the old one stops working", loses=True):
        known = workspace_id(session, project, workspace)
        session.object(session.client.workspaces.reset_credentials(project, known))
        session.say("Keep the password: it is shown only now.")


@command(app, "delete", example="keboola-duckdb workspaces delete 123 analysis --yes")
def delete(context: typer.Context, project: ProjectArgument, workspace: WorkspaceArgument) -> None:
    """Delete a workspace with everything in it; the tables of the project stay."""
    session = session_of(context)
    if session.may(f"delete workspace {workspace} of project {project} with everything in it", loses=True):
        session.client.workspaces.delete(project, workspace_id(session, project, workspace))
        session.say(f"Workspace {workspace} is deleted.")

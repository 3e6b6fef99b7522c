"""`keboola-duckdb projects`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import count, size, time
from keboola_duckdb.cli.parameters import DEFAULT_LIMIT, AllOption, LimitOption, ProjectArgument
from keboola_duckdb.cli.session import as_plain, session_of

app = new_group("projects")

COLUMNS = [
    Column("id"),
    Column("name"),
    Column("status"),
    count("bucket_count", "buckets"),
    count("table_count", "tables"),
    size(),
    time("created_at", "created"),
]


@command(app, "list", example="keboola-duckdb projects list --json")
def list_(context: typer.Context, limit: LimitOption = DEFAULT_LIMIT, everything: AllOption = False) -> None:
    """List the projects (needs the admin's key)."""
    session = session_of(context)
    projects = session.client.projects
    show_list(
        session,
        list_page=projects.list,
        iterate=projects.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
    )


@command(app, "create", example='keboola-duckdb projects create 123 --name "Sales" --save-profile sales')
def create(
    context: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Id of the new project.")],
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What people call it.")] = None,
    save_profile: Annotated[
        str | None, typer.Option("--save-profile", metavar="NAME", help="Keep its key in this profile.")
    ] = None,
) -> None:
    """Create a project and print its first key, which is never shown again (needs the admin's key)."""
    session = session_of(context)
    if not session.may(f"create project {project}"):
        return
    made = session.client.projects.create(project, name=name)
    if save_profile is None:
        session.object(made)
        session.say(f"Project {project} is created. Keep its api_key: it is shown only now.")
        return
    session.save_profile(save_profile, key=made.api_key)
    session.object({field: value for field, value in as_plain(made).items() if field != "api_key"})
    session.say(f"Project {project} is created; its key is in profile {save_profile}.")


@command(app, "get", example="keboola-duckdb projects get 123")
def get(context: typer.Context, project: ProjectArgument) -> None:
    """Show a project."""
    session = session_of(context)
    session.object(session.client.projects.get(project))


@command(app, "stats", example="keboola-duckdb projects stats 123")
def stats(context: typer.Context, project: ProjectArgument) -> None:
    """Count the buckets, tables and bytes of a project."""
    session = session_of(context)
    session.object(session.client.projects.stats(project))


@command(app, "delete", example="keboola-duckdb projects delete 123 --yes")
def delete(context: typer.Context, project: ProjectArgument) -> None:
    """Delete a project with everything in it (needs the admin's key)."""
    session = session_of(context)
    if session.may(f"delete project {project} with all its tables, files and snapshots", loses=True):
        session.client.projects.delete(project)
        session.say(f"Project {project} is deleted.")

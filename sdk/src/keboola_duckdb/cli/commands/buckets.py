"""`keboola-duckdb buckets`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import count
from keboola_duckdb.cli.parameters import (
    DEFAULT_BRANCH,
    DEFAULT_LIMIT,
    AllOption,
    BranchOption,
    BucketArgument,
    LimitOption,
    ProjectArgument,
)
from keboola_duckdb.cli.session import session_of

app = new_group("buckets")

COLUMNS = [
    Column("name"),
    count("table_count", "tables"),
    Column("is_linked", "linked"),
    Column("source_project_id", "from project"),
    Column("source_bucket_name", "from bucket"),
    Column("description"),
]
DescriptionOption = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What is in it.")]


@command(app, "list", example="keboola-duckdb buckets list 123")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    branch: BranchOption = DEFAULT_BRANCH,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the buckets of a project."""
    session = session_of(context)
    buckets = session.client.buckets
    show_list(
        session,
        project,
        list_page=buckets.list,
        iterate=buckets.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
        branch=branch,
    )


@command(app, "create", example='keboola-duckdb buckets create 123 in_c_sales --description "Orders of the shop"')
def create(
    context: typer.Context,
    project: ProjectArgument,
    bucket: Annotated[str, typer.Argument(metavar="BUCKET", help="Name of the new bucket.")],
    description: DescriptionOption = None,
) -> None:
    """Create a bucket."""
    session = session_of(context)
    if session.may(f"create bucket {bucket} in project {project}"):
        session.object(session.client.buckets.create(project, bucket, description=description))
        session.say(f"Bucket {bucket} is created.")


@command(app, "get", example="keboola-duckdb buckets get 123 in_c_sales")
def get(
    context: typer.Context, project: ProjectArgument, bucket: BucketArgument, branch: BranchOption = DEFAULT_BRANCH
) -> None:
    """Show a bucket."""
    session = session_of(context)
    session.object(session.client.buckets.get(project, bucket, branch=branch))


@command(app, "share", example="keboola-duckdb buckets share 123 in_c_sales --with 456")
def share(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    target: Annotated[str, typer.Option("--with", metavar="PROJECT", help="The project that may link it.")],
) -> None:
    """Let another project link a bucket."""
    session = session_of(context)
    if session.may(f"share bucket {bucket} with project {target}"):
        session.object(session.client.buckets.share(project, bucket, target))
        session.say(f"Project {target} may link bucket {bucket} now.")


@command(app, "unshare", example="keboola-duckdb buckets unshare 123 in_c_sales --with 456")
def unshare(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    target: Annotated[str, typer.Option("--with", metavar="PROJECT", help="The project that may no longer.")],
) -> None:
    """Take back what `share` gave."""
    session = session_of(context)
    if session.may(f"take bucket {bucket} back from project {target}", loses=True):
        session.client.buckets.unshare(project, bucket, target)
        session.say(f"Project {target} may no longer link bucket {bucket}.")


@command(app, "link", example="keboola-duckdb buckets link 456 in_c_sales --from-project 123")
def link(
    context: typer.Context,
    project: ProjectArgument,
    bucket: Annotated[str, typer.Argument(metavar="BUCKET", help="Name of the linked bucket in this project.")],
    source_project: Annotated[str, typer.Option("--from-project", metavar="PROJECT", help="Who shares it.")],
    source_bucket: Annotated[
        str | None, typer.Option("--from-bucket", metavar="BUCKET", help="Its name there, if it is another one.")
    ] = None,
) -> None:
    """Show a bucket that another project shares, read-only."""
    session = session_of(context)
    source = source_bucket or bucket
    if session.may(f"link bucket {source} of project {source_project} as {bucket}"):
        session.object(session.client.buckets.link(project, bucket, source_project, source))
        session.say(f"Bucket {bucket} shows {source} of project {source_project}.")


@command(app, "unlink", example="keboola-duckdb buckets unlink 456 in_c_sales")
def unlink(context: typer.Context, project: ProjectArgument, bucket: BucketArgument) -> None:
    """Remove a link; its source stays."""
    session = session_of(context)
    if session.may(f"unlink bucket {bucket} of project {project}", loses=True):
        session.client.buckets.unlink(project, bucket)
        session.say(f"Bucket {bucket} is no longer linked.")


@command(app, "delete", example="keboola-duckdb buckets delete 123 in_c_sales --cascade --yes")
def delete(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    cascade: Annotated[bool, typer.Option("--cascade", help="Delete its tables too.")] = False,
) -> None:
    """Delete a bucket; one with tables only with --cascade."""
    session = session_of(context)
    tables = " and its tables" if cascade else ""
    if session.may(f"delete bucket {bucket}{tables} of project {project}", loses=True):
        session.client.buckets.delete(project, bucket, cascade=cascade)
        session.say(f"Bucket {bucket} is deleted.")

"""`keboola-duckdb snapshots`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.listing import show_list
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

app = new_group("snapshots")

COLUMNS = [
    Column("id"),
    Column("bucket_name", "bucket"),
    Column("table_name", "table"),
    Column("snapshot_type", "type"),
    count("row_count", "rows"),
    size(),
    time("created_at", "created"),
    time("expires_at", "expires"),
]
SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="Id of the snapshot.")]


@command(app, "list", example="keboola-duckdb snapshots list 123 --bucket in_c_sales --table orders")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    bucket: Annotated[str | None, typer.Option("--bucket", metavar="NAME", help="Of this bucket only.")] = None,
    table: Annotated[str | None, typer.Option("--table", metavar="NAME", help="Of this table only.")] = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Such as manual or auto.")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the snapshots of a project, newest first."""
    session = session_of(context)
    snapshots = session.client.snapshots
    show_list(
        session,
        project,
        list_page=snapshots.list,
        iterate=snapshots.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
        bucket=bucket,
        table=table,
        type=kind,
    )


@command(app, "create", example='keboola-duckdb snapshots create 123 in_c_sales orders --description "before May"')
def create(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")] = None,
) -> None:
    """Keep a table as it is now."""
    session = session_of(context)
    if session.may(f"take a snapshot of {bucket}.{table}"):
        with session.progress("Snapshot") as bar:
            made = session.client.snapshots.create(
                project, bucket, table, description=description, on_progress=bar.update
            )
        session.object(made)


@command(app, "get", example="keboola-duckdb snapshots get 123 snap_orders_20250301_102030_123")
def get(context: typer.Context, project: ProjectArgument, snapshot: SnapshotArgument) -> None:
    """Show a snapshot with its columns."""
    session = session_of(context)
    session.object(session.client.snapshots.get(project, snapshot))


@command(app, "restore", example="keboola-duckdb snapshots restore 123 snap_orders_20250301_102030_123 --yes")
def restore(
    context: typer.Context,
    project: ProjectArgument,
    snapshot: SnapshotArgument,
    bucket: Annotated[str | None, typer.Option("--to-bucket", metavar="NAME", help="Into another bucket.")] = None,
    table: Annotated[str | None, typer.Option("--to-table", metavar="NAME", help="As another table.")] = None,
) -> None:
    """Bring a table back as it was, replacing what it is now; or as another table, which must not exist."""
    session = session_of(context)
    where = f" as {bucket or 'its bucket'}.{table or 'its table'}" if bucket or table else ", replacing the table"
    if session.may(f"restore snapshot {snapshot}{where}", loses=not (bucket or table)):
        with session.progress("Restore") as bar:
            result = session.client.snapshots.restore(
                project, snapshot, target_bucket=bucket, target_table=table, on_progress=bar.update
            )
        session.object(result)


@command(app, "delete", example="keboola-duckdb snapshots delete 123 snap_orders_20250301_102030_123 --yes")
def delete(context: typer.Context, project: ProjectArgument, snapshot: SnapshotArgument) -> None:
    """Delete a snapshot."""
    session = session_of(context)
    if session.may(f"delete snapshot {snapshot} of project {project}", loses=True):
        session.client.snapshots.delete(project, snapshot)
        session.say(f"Snapshot {snapshot} is deleted.")

"""`keboola-duckdb jobs`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.failures import REFUSED
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import count, time
from keboola_duckdb.cli.parameters import DEFAULT_LIMIT, AllOption, LimitOption, ProjectArgument
from keboola_duckdb.cli.session import session_of

app = new_group("jobs")

COLUMNS = [
    Column("id"),
    Column("type"),
    Column("state"),
    Column("progress", show=lambda share: f"{share:.0%}", right=True),
    Column("bucket_name", "bucket"),
    Column("table_name", "table"),
    count("rows"),
    time("created_at", "created"),
]
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")]


@command(app, "list", example="keboola-duckdb jobs list 123 --state processing")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="waiting, processing, success, error or cancelled."),
    ] = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only jobs of this type.")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the jobs of a project, newest first."""
    session = session_of(context)
    jobs = session.client.jobs
    show_list(
        session,
        project,
        list_page=jobs.list,
        iterate=jobs.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
        state=state,
        type=kind,
    )


@command(app, "show", example="keboola-duckdb jobs show 0191f2c0-7a5e-7c3b-9d1e-2f4a6b8c0d1e")
def show(context: typer.Context, job: JobArgument) -> None:
    """Show a job: its state, and its result or error."""
    session = session_of(context)
    session.object(session.client.jobs.get(job))


@command(app, "watch", example="keboola-duckdb jobs watch 0191f2c0-7a5e-7c3b-9d1e-2f4a6b8c0d1e")
def watch(context: typer.Context, job: JobArgument) -> None:
    """Follow a job until it ends. Exit code 1 if it fails; Ctrl-C stops watching, not the job."""
    session = session_of(context)
    from keboola_duckdb.job_feed import job_progress

    with session.progress("Job") as bar:
        for seen in session.client.jobs.watch(job):
            bar.update(job_progress(seen))
    session.object(seen)
    if seen.state != "success":
        reason = seen.error.message if seen.error else f"it is {seen.state}"
        session.fail(f"Job {job} did not succeed: {reason}")
        raise typer.Exit(REFUSED)


@command(app, "cancel", example="keboola-duckdb jobs cancel 0191f2c0-7a5e-7c3b-9d1e-2f4a6b8c0d1e --yes")
def cancel(context: typer.Context, job: JobArgument) -> None:
    """Ask a job to stop. What it was about to change stays as it was."""
    session = session_of(context)
    if session.may(f"cancel job {job}", loses=True):
        session.object(session.client.jobs.cancel(job))
        session.say(f"Job {job} is asked to stop.")

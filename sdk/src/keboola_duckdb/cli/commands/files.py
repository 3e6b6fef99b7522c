"""`keboola-duckdb files`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.local_files import STANDARD_STREAM, chosen_paths, local_target
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import size, time
from keboola_duckdb.cli.parameters import DEFAULT_LIMIT, AllOption, LimitOption, ProjectArgument
from keboola_duckdb.cli.session import Session, session_of

app = new_group("files")

COLUMNS = [
    Column("id"),
    Column("name"),
    size(),
    Column("content_type", "type"),
    Column("tags", show=lambda tags: ", ".join(f"{key}={value}" for key, value in (tags or {}).items())),
    time("created_at", "created"),
    time("expires_at", "expires"),
]
FileArgument = Annotated[str, typer.Argument(metavar="FILE_ID", help="Id of the file, as `files list` shows it.")]


@command(app, "list", example="keboola-duckdb files list 123 --name orders")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="With this text in the name.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", metavar="KEY=VALUE", help="With this tag.")] = None,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the files of a project, newest first."""
    session = session_of(context)
    files = session.client.files
    show_list(
        session,
        project,
        list_page=files.list,
        iterate=files.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
        name_contains=name,
        tag=":".join(_pair(tag)) if tag else None,
    )


@command(app, "upload", example="keboola-duckdb files upload 123 orders.csv 'archive/*.parquet' --tag source=shop")
def upload(
    context: typer.Context,
    project: ProjectArgument,
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="Files, or patterns in quotes.")] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Upload what comes from stdin, as --name.")] = False,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="What a single file is called.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="A tag for each file (repeatable).")
    ] = None,
) -> None:
    """Upload files, and print what the server made of them."""
    session = session_of(context)
    tags = dict(_pair(text) for text in tag or ()) or None
    sources = _sources(paths or [], from_stdin=stdin, name=name)
    if session.may(f"upload {', '.join(sources)} to project {project}"):
        _upload(session, project, sources, name, tags)


def _sources(paths: list[str], *, from_stdin: bool, name: str | None) -> list[str]:
    if from_stdin or paths == [STANDARD_STREAM]:
        if name is None or paths not in ([], [STANDARD_STREAM]):
            raise UsageFailure("Stdin has no name: give --name, and no other path.")
        return [STANDARD_STREAM]
    if not paths:
        raise UsageFailure("Say what to upload: paths, or --stdin with --name.")
    found = chosen_paths(paths)
    if name is not None and len(found) > 1:
        raise UsageFailure(f"--name is for one file, and these are {len(found)}.")
    return found


def _upload(session: Session, project: str, sources: list[str], name: str | None, tags: dict[str, str] | None) -> None:
    made = []
    for source in sources:
        with session.progress(name or source) as bar:
            content = sys.stdin.buffer if source == STANDARD_STREAM else source
            made.append(session.client.files.upload(project, content, name=name, tags=tags, on_progress=bar.update))
    session.rows(made, COLUMNS)


@command(app, "download", example="keboola-duckdb files download 123 FILE_ID orders.csv")
def download(
    context: typer.Context,
    project: ProjectArgument,
    file: FileArgument,
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="A file, a directory (keeps the name), or `-` for stdout.")
    ] = ".",
) -> None:
    """Download a file."""
    session = session_of(context)
    if not session.may(f"download file {file} to {output}"):
        return
    with session.progress("Download") as bar:
        written = session.client.files.download(project, file, local_target(output), on_progress=bar.update)
    if output != STANDARD_STREAM:
        session.say(f"{written:,} bytes are in {output}.")


@command(app, "delete", example="keboola-duckdb files delete 123 FILE_ID --yes")
def delete(
    context: typer.Context,
    project: ProjectArgument,
    files: Annotated[list[str], typer.Argument(metavar="FILE_ID...", help="Ids of the files.")],
) -> None:
    """Delete files."""
    session = session_of(context)
    if session.may(f"delete {len(files)} file(s) of project {project}: {', '.join(files)}", loses=True):
        for file in files:
            session.client.files.delete(project, file)
            session.say(f"File {file} is deleted.")


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not (key and separator):
        raise UsageFailure(f"'{text}' is no tag: write KEY=VALUE.")
    return key, value

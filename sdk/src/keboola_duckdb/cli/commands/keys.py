"""`keboola-duckdb keys`."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.listing import show_list
from keboola_duckdb.cli.naming import branch_id
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.output.columns import time
from keboola_duckdb.cli.parameters import DEFAULT_LIMIT, AllOption, LimitOption, ProjectArgument
from keboola_duckdb.cli.session import session_of

app = new_group("keys")

COLUMNS = [
    Column("id"),
    Column("key_prefix", "key"),
    Column("scope"),
    Column("branch_id", "branch"),
    Column("description"),
    Column("is_revoked", "revoked"),
    time("last_used_at", "last used"),
    time("expires_at", "expires"),
]
SCOPES = ("project_admin", "branch_admin", "branch_read")
KeyArgument = Annotated[str, typer.Argument(metavar="KEY_ID", help="Id of the key, as `keys list` shows it.")]


@command(app, "list", example="keboola-duckdb keys list 123")
def list_(
    context: typer.Context,
    project: ProjectArgument,
    limit: LimitOption = DEFAULT_LIMIT,
    everything: AllOption = False,
) -> None:
    """List the keys of a project; the secrets are known to nobody."""
    session = session_of(context)
    keys = session.client.api_keys
    show_list(
        session,
        project,
        list_page=keys.list,
        iterate=keys.iterate,
        columns=COLUMNS,
        limit=limit,
        everything=everything,
    )


@command(app, "create", example='keboola-duckdb keys create 123 "nightly load" --expires-in-days 90')
def create(
    context: typer.Context,
    project: ProjectArgument,
    description: Annotated[str, typer.Argument(metavar="DESCRIPTION", help="Who will use it, and for what.")],
    scope: Annotated[
        str, typer.Option("--scope", metavar="SCOPE", help=f"What it may do: one of {', '.join(SCOPES)}.")
    ] = SCOPES[0],
    branch: Annotated[
        str | None, typer.Option("--branch", "-b", metavar="ID", help="The branch of a key for one branch.")
    ] = None,
    expires_in_days: Annotated[
        int | None, typer.Option("--expires-in-days", metavar="DAYS", min=1, help="It works for so long.")
    ] = None,
) -> None:
    """Create a key and print it: it is never shown again."""
    session = session_of(context)
    if scope not in SCOPES:
        raise UsageFailure(f"There is no scope '{scope}': use one of {', '.join(SCOPES)}.")
    if session.may(f"create a key with scope {scope} for project {project}"):
        made = session.client.api_keys.create(
            project,
            description=description,
            scope=scope,  # type: ignore[arg-type]
            branch=branch_id(session, project, branch) if branch else None,
            expires_in_days=expires_in_days,
        )
        session.object(made)
        session.say("Keep the api_key: it is shown only now.")


@command(app, "rotate", example="keboola-duckdb keys rotate 123 key_1a2b3c4d --yes")
def rotate(context: typer.Context, project: ProjectArgument, key: KeyArgument) -> None:
    """Replace a key by a new one with the same rights; the old one stops working."""
    session = session_of(context)
    if session.may(f"rotate key {key} of project {project}: the old key stops working", loses=True):
        session.object(session.client.api_keys.rotate(project, key))
        session.say("Keep the api_key: it is shown only now.")


@command(app, "revoke", example="keboola-duckdb keys revoke 123 key_1a2b3c4d --yes")
def revoke(context: typer.Context, project: ProjectArgument, key: KeyArgument) -> None:
    """Make a key useless."""
    session = session_of(context)
    if session.may(f"revoke key {key} of project {project}", loses=True):
        session.client.api_keys.revoke(project, key)
        session.say(f"Key {key} is revoked.")

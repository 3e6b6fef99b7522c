"""The options that every command takes, before or after its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import typer

from keboola_duckdb._version import __version__


@dataclass
class GlobalOptions:
    """What the command line said; None or False where it said nothing."""

    url: str | None = None
    api_key: str | None = None
    profile: str | None = None
    format: str | None = None
    quiet: bool = False
    verbose: int = 0
    no_color: bool = False
    dry_run: bool = False
    yes: bool = False

    def take(self, name: str, value: Any) -> None:
        """An option may stand before the group, before the command and after it: the last value counts."""
        if name == "as_json":
            self.format = "json"
        elif name == "verbose":
            self.verbose += value
        else:
            setattr(self, name, value)


def _declared(
    as_json: Annotated[bool, typer.Option("--json", "-j", help="The same as --format json.")] = False,
    format: Annotated[  # noqa: A002 - the name of the option
        str | None, typer.Option("--format", "-f", metavar="table|json|csv|yaml", help="How data is printed.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print data and errors only.")] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose", "-v", count=True, show_default=False, help="Show the body of errors; -vv shows each request."
        ),
    ] = 0,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (also NO_COLOR=1).")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before something is lost.")] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="Which profile of the configuration.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where the server is.")] = None,
    api_key: Annotated[
        str | None, typer.Option("--api-key", metavar="KEY", help="The API key (others may see it in `ps`).")
    ] = None,
    version: Annotated[bool, typer.Option("--version", "-V", is_eager=True, help="Show the version.")] = False,
) -> None:
    """Only its parameters are used."""


def _remember(context: Any, parameter: Any, value: Any) -> Any:
    """Called for each global option of each level of the command line."""
    if parameter.name == "version":
        if value and not context.resilient_parsing:
            typer.echo(f"keboola-duckdb {__version__}")
            raise typer.Exit
    elif value and isinstance(context.obj, GlobalOptions):
        context.obj.take(parameter.name, value)
    return value


@cache
def global_parameters() -> tuple[Any, ...]:
    """The declared options as parameters that reach no command's function."""
    app = typer.Typer(add_completion=False)
    app.command()(_declared)
    parameters = typer.main.get_command(app).params
    for parameter in parameters:
        parameter.expose_value = False
        parameter.callback = _remember
    return tuple(parameters)

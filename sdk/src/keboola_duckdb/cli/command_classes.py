"""Commands and groups that know the global options, and the root whose groups are imported when they are named."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from keboola_duckdb.cli.failures import USAGE
from keboola_duckdb.cli.options import global_parameters

F = TypeVar("F", bound=Callable[..., Any])

#: Group, and the line about it in the help of the root.
GROUPS = {
    "config": "Profiles: where the server is and which key to use.",
    "projects": "Projects: list, create, inspect, delete.",
    "keys": "API keys of a project.",
    "branches": "Development branches of a project.",
    "buckets": "Buckets: create, share, link, delete.",
    "tables": "Tables: create, preview, import, export, profile.",
    "schema": "Columns and primary keys of a table.",
    "data": "Import uploaded files, export tables to files.",
    "files": "Files of a project: upload, download, delete.",
    "snapshots": "Snapshots of tables: create, restore, delete.",
    "workspaces": "SQL workspaces: create, load, connect with psql.",
    "jobs": "Jobs: list, show, watch, cancel.",
}


def _with_global_options(own: list[Any]) -> list[Any]:
    """An option of the command itself wins, such as `--format` of an export."""
    taken = {name for parameter in own for name in parameter.opts}
    return [*own, *(parameter for parameter in global_parameters() if taken.isdisjoint(parameter.opts))]


def _write_parameters(command: Any, context: Any, formatter: Any) -> None:
    """Arguments, commands and options of this command first; those that every command has come last."""
    shared = {id(parameter) for parameter in global_parameters()}
    sections: dict[str, list[Any]] = {"Arguments": [], "Commands": [], "Options": [], "Global options": []}
    for parameter in command.get_params(context):
        is_shared = id(parameter) in shared or "--help" in parameter.opts
        own = "Arguments" if parameter.param_type_name == "argument" else "Options"
        record = parameter.get_help_record(context)
        if record is not None:
            sections["Global options" if is_shared else own].append(record)
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            found: Any = command.get_command(context, name)
            sections["Commands"].append((name, found.get_short_help_str(100)))
    for title, records in sections.items():
        if records:
            with formatter.section(_bold(title)):
                formatter.write_dl(records)


def _bold(title: str) -> str:
    """What is printed to anything but a terminal loses it again."""
    return title if os.environ.get("NO_COLOR") else f"\x1b[1m{title}\x1b[0m"


class Command(TyperCommand):
    """A command that takes the global options too."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _with_global_options(super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)


class Group(TyperGroup):
    """A group of commands; global options may stand before the name of the command. Alone it shows its help."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(USAGE)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        return _with_global_options(super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)


class RootGroup(Group):
    """The groups of `GROUPS`. To show their names none of them is imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Only the line about the group: enough for help and for completing its name."""
        return TyperGroup(name=cmd_name, help=GROUPS[cmd_name]) if cmd_name in GROUPS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The group itself, imported."""
        if args[0] in GROUPS:
            return args[0], load_group(args[0]), args[1:]
        # The names to suggest for a misspelled one.
        self.commands = {name: self.get_command(ctx, name) for name in GROUPS}
        return super().resolve_command(ctx, args)


def load_group(name: str) -> Any:
    module = importlib.import_module(f"keboola_duckdb.cli.commands.{name}")
    group = typer.main.get_group(module.app)
    group.name = name
    return group


def new_group(name: str) -> typer.Typer:
    """The app of one module of commands."""
    return typer.Typer(cls=Group, help=GROUPS[name], rich_markup_mode=None, add_completion=False)


def command(app: typer.Typer, name: str, *, example: str) -> Callable[[F], F]:
    """Register a function as a command; its help ends with the example."""
    return app.command(name, cls=Command, epilog=f"\b\nExample:\n  {example}")

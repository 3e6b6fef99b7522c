"""The entry point: parse, run, and turn whatever happens into an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from keboola_duckdb.cli.command_classes import RootGroup
from keboola_duckdb.cli.failures import INTERRUPTED, OK, USAGE, UsageFailure, explain, sentence
from keboola_duckdb.cli.options import GlobalOptions
from keboola_duckdb.cli.output.tables import printable
from keboola_duckdb.cli.session import Session
from keboola_duckdb.errors import APIError, StorageError

PROGRAM = "keboola-duckdb"
COMPLETION_VARIABLE = "_KEBOOLA_DUCKDB_COMPLETE"
#: Does what -vv does.
DEBUG_VARIABLE = "KEBOOLA_DUCKDB_DEBUG"
#: Base of what the parser raises about a command line that makes no sense.
USAGE_ERROR: Any = typer.BadParameter.__bases__[0]

app = typer.Typer(
    cls=RootGroup,
    name=PROGRAM,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog="\b\nExample:\n  keboola-duckdb tables preview 123 in_c_sales orders")
def _root() -> None:
    """Tables, files, branches and SQL workspaces of a kbstore server.

    Data goes to stdout, everything else to stderr. `keboola-duckdb GROUP COMMAND --help` explains a command.
    """


def run() -> None:
    """What the installed command calls."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Data is UTF-8 whatever the locale; a terminal shows what it can.
        is_terminal = sys.stdout.isatty()
        sys.stdout.reconfigure(encoding=None if is_terminal else "utf-8", errors="replace" if is_terminal else "strict")
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code."""
    options = GlobalOptions(verbose=2 if os.environ.get(DEBUG_VARIABLE) else 0)
    try:
        _invoke(list(arguments), options)
        sys.stdout.flush()
    except typer.Exit as left:
        return left.exit_code
    except BrokenPipeError:
        # Whoever read has enough, as in `... | head`.
        _discard_stdout()
    except (KeyboardInterrupt, EOFError, typer.Abort):
        typer.echo("Interrupted.", err=True)
        return INTERRUPTED
    except (USAGE_ERROR, UsageFailure, StorageError, OSError) as error:
        return _report(error, options)
    return OK


def _invoke(arguments: list[str], options: GlobalOptions) -> None:
    root = typer.main.get_command(app)
    if os.environ.get(COMPLETION_VARIABLE):
        root.main(arguments, prog_name=PROGRAM, obj=options)
        return
    with root.make_context(PROGRAM, arguments, obj=options) as context:
        root.invoke(context)


def _report(error: Exception, options: GlobalOptions) -> int:
    """Say in one line what went wrong; with -v also what the server sent."""
    session = Session(options)
    if isinstance(error, USAGE_ERROR):
        return _report_usage(error, session)
    if isinstance(error, UsageFailure):
        session.fail(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        session.fail(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
        return USAGE
    code, line = explain(error, url=session.url)
    session.fail(line)
    if options.verbose and isinstance(error, APIError) and error.body is not None:
        typer.echo("\n".join(map(printable, _as_text(error.body).splitlines())), err=True)
    return code


def _report_usage(error: Any, session: Session) -> int:
    """The message of the parser, and where the help is."""
    where = f" See `{error.ctx.command_path} --help`." if error.ctx else ""
    session.fail(sentence(error.format_message()) + where)
    return USAGE


def _as_text(body: Any) -> str:
    import json

    return body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)


def _discard_stdout() -> None:
    """Nor must the interpreter complain when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

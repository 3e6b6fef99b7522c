"""What a command works with: the client, where output goes, what may be asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from keboola_duckdb.cli.config_store import ConfigStore
from keboola_duckdb.cli.credentials import CredentialStore
from keboola_duckdb.cli.failures import NOT_ALLOWED, UsageFailure
from keboola_duckdb.cli.options import GlobalOptions
from keboola_duckdb.cli.output import Column, write_object, write_rows
from keboola_duckdb.cli.output.tables import printable
from keboola_duckdb.cli.request_log import log_to_stderr
from keboola_duckdb.cli.resolution import Resolution, wants_color

if TYPE_CHECKING:
    from keboola_duckdb import Client
    from keboola_duckdb.cli.progress_bars import ProgressBar


class Session:
    """One run of the command. Nothing is read or connected before it is needed."""

    def __init__(self, options: GlobalOptions) -> None:
        self.options = options
        self.config = ConfigStore()
        self.credentials = CredentialStore(self.config)
        self.resolution = Resolution(options, config=self.config, credentials=self.credentials, environment=os.environ)
        self._client: Client | None = None

    # Where to, and as whom

    @cached_property
    def url(self) -> str:
        return str(self.resolution.find("url").value)

    @property
    def client(self) -> Client:
        """Made at the first call; `close` ends its connections."""
        if self._client is None:
            key = self.resolution.api_key()
            if key is None:
                message = "There is no API key: set KEBOOLA_DUCKDB_API_KEY or run `keboola-duckdb config set api-key`."
                raise UsageFailure(message, exit_code=NOT_ALLOWED)
            self._client = self._connect(str(key.value))
        return self._client

    def _connect(self, key: str) -> Client:
        from keboola_duckdb import Client

        log_to_stderr(self.options.verbose)
        return Client(
            self.url,
            api_key=key,
            timeout=self.resolution.find("timeout").value,
            max_retries=self.resolution.find("max_retries").value,
            ca_file=self.resolution.find("ca_file").value,
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def save_profile(self, name: str, *, key: str) -> None:
        """The server of this run under a key of its own; --profile NAME uses both."""
        self.config.set(name, "url", self.url)
        warning = self.credentials.set(name, key)
        if warning:
            self.warn(warning)

    # Data, to stdout

    @cached_property
    def format(self) -> str:
        return str(self.resolution.find("format").value)

    @cached_property
    def color(self) -> bool:
        return wants_color(self.options, self.resolution, is_terminal=sys.stdout.isatty())

    def rows(self, items: Iterable[Any], columns: Sequence[Column]) -> None:
        rows = [as_plain(item) for item in items]
        write_rows(rows, columns=columns, format=self.format, to=sys.stdout, color=self.color)

    def object(self, item: Any) -> None:
        write_object(as_plain(item), format=self.format, to=sys.stdout, color=self.color)

    # Words, to stderr

    def say(self, message: str) -> None:
        """What was done; --quiet leaves it out."""
        if not self.options.quiet:
            typer.echo(printable(message), err=True)

    def warn(self, message: str) -> None:
        typer.echo(paint(printable(f"Warning: {message}"), "33", self._colors_errors), err=True)

    def fail(self, message: str) -> None:
        """The one line about an error."""
        typer.echo(paint(printable(f"Error: {message}"), "31", self._colors_errors), err=True)

    @cached_property
    def _colors_errors(self) -> bool:
        try:
            return wants_color(self.options, self.resolution, is_terminal=sys.stderr.isatty())
        except UsageFailure:
            # The configuration is what the error is about.
            return False

    # Changes

    def may(self, action: str, *, loses: bool = False) -> bool:
        """Whether to go on with `action`, a phrase such as "delete table orders".

        With --dry-run it is only said. Where something would be lost a person is asked, unless --yes;
        without a terminal to ask on the answer is a usage error.
        """
        if self.options.dry_run:
            typer.echo(printable(f"Dry run: would {action}."), err=True)
            return False
        if loses and not self.options.yes:
            self._ask(action)
        return True

    def _ask(self, action: str) -> None:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageFailure(f"Nobody can be asked whether to {action}: add --yes if that is meant.")
        if not typer.confirm(printable(f"Really {action}?"), err=True):
            typer.echo("Nothing was changed.", err=True)
            raise typer.Exit(1)

    def progress(self, title: str) -> ProgressBar:
        """A bar on stderr if a person looks at it; its `update` is what the SDK calls back."""
        from keboola_duckdb.cli.progress_bars import ProgressBar

        shown = sys.stderr.isatty() and not self.options.quiet
        return ProgressBar(title, shown=shown, color=self._colors_errors)


def session_of(context: typer.Context) -> Session:
    """The session of this run, the same one for every caller."""
    root = context.find_root()
    session: Session | None = root.meta.get("keboola_duckdb.session")
    if session is None:
        session = root.meta["keboola_duckdb.session"] = Session(root.obj)
        root.call_on_close(session.close)
    return session


def as_plain(item: Any) -> Mapping[str, Any]:
    """A model as JSON has it."""
    if isinstance(item, Mapping):
        return item
    plain: Mapping[str, Any] = item.model_dump(mode="json", by_alias=True)
    return plain


def paint(text: str, color: str, wanted: bool) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if wanted else text

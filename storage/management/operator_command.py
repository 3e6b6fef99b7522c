"""The base of commands for operators: refusals in plain words, tables and trees by rich, JSON for scripts."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from kbstore.errors import KbstoreError


class OperatorCommand(BaseCommand):
    """`run` does the work; a KbstoreError from it ends the command with exit code 1 and its message."""

    requires_migrations_checks = False

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self.run(**options)
        except KbstoreError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.strerror or type(error).__name__}: {error.filename or ''}") from error

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    @property
    def console(self) -> Console:
        """Plain text where the output is not a terminal; never wraps what a script could read."""
        is_terminal = self.stdout.isatty()
        return Console(file=self.stdout, width=None if is_terminal else 200, highlight=False)

    def write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def error_console() -> Console:
    """For progress and remarks, so that standard output holds the result alone."""
    return Console(file=sys.stderr, highlight=False)

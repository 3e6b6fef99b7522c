"""`manage.py purge`: remove now what has outlived its time."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table as Grid

from kbstore.console.formatting import count
from storage.management.operator_command import OperatorCommand
from storage.services.purge import Purged, purge


class Command(OperatorCommand):
    help = (
        "Removes expired snapshots, files, idempotency keys, old audit events, jobs and console sessions now. The "
        "server does the same by itself. Safe beside it, and to repeat. Exit code 1 if a part failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the result as JSON")

    def run(self, *, json: bool, **_: Any) -> None:
        parts = purge()
        if json:
            self.write_json([asdict(part) for part in parts])
        else:
            self._show(parts)
        if any(part.error for part in parts):
            raise SystemExit(1)

    def _show(self, parts: list[Purged]) -> None:
        grid = Grid("part", "removed", "seconds", "", title="purge", title_justify="left")
        for part in parts:
            trouble = f"[red]{escape(part.error)}[/red]" if part.error else ""
            grid.add_row(part.part, count(part.removed), f"{part.seconds:.2f}", trouble)
        self.console.print(grid)

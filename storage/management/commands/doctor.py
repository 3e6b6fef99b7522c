"""manage.py doctor: compare files with the catalog, repair what is safe, report the rest."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table as Grid

from storage.services.doctor import Report, examine


class Command(BaseCommand):
    help = "Compares the files on disk with the catalog. Exit code 1 if something is left to mend."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what is safe to mend")
        parser.add_argument("--checksums", action="store_true", help="read every version and verify its SHA-256")

    def handle(self, *_args: Any, **options: Any) -> None:
        report = examine(repair=options["repair"], verify_checksums=options["checksums"])
        self._show(report, repaired=options["repair"])
        left = [found for found in report.findings if not (options["repair"] and found.repair)]
        if left:
            raise SystemExit(1)

    def _show(self, report: Report, *, repaired: bool) -> None:
        console = Console(file=self.stdout)
        console.print(f"{report.tables} tables, {report.versions} versions examined.")
        if report.is_clean:
            console.print("[green]All is well.[/green]")
            return
        grid = Grid("finding", "what", "done" if repaired else "--repair would", title="doctor")
        for found in report.findings:
            grid.add_row(found.kind, found.subject, found.repair or "[red]look at it yourself[/red]")
        console.print(grid)

"""`manage.py doctor`: compare files with the catalog, repair what is safe, report the rest."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from rich.markup import escape
from rich.table import Table as Grid

from kbstore.console.formatting import amount
from storage.management.operator_command import OperatorCommand
from storage.services.doctor import Finding, Report, examine


class Command(OperatorCommand):
    help = (
        "Compares the files on disk with the catalog; may run beside the server. Exit code 1 if something is left to "
        "mend, 0 if all is well or --repair has mended it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what is safe to mend")
        parser.add_argument("--checksums", action="store_true", help="read every version and verify its BLAKE3")

    def run(self, *, repair: bool, checksums: bool, **_: Any) -> None:
        report = examine(repair=repair, verify_checksums=checksums)
        self._show(report, repaired=repair)
        if any(not (found.is_remark or (repair and found.repair)) for found in report.findings):
            raise SystemExit(1)

    def _show(self, report: Report, *, repaired: bool) -> None:
        examined = f"{amount(report.tables, 'table')}, {amount(report.versions, 'version')} examined."
        self.console.print(examined)
        if report.findings:
            heading = "done" if repaired else "--repair would"
            grid = Grid("finding", "what", heading, title="doctor", title_justify="left")
            for found in report.findings:
                grid.add_row(found.kind, escape(found.subject), _advice(found))
            self.console.print(grid)
        if report.is_clean:
            self.console.print("[green]All is well.[/green]")


def _advice(found: Finding) -> str:
    if found.is_remark:
        return "nothing: good to know"
    return escape(found.repair) if found.repair else "[red]look at it yourself[/red]"

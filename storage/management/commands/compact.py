"""`manage.py compact`: write worn tables anew."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table as Grid

from kbstore.access import SYSTEM
from kbstore.console.formatting import amount, size
from kbstore.errors import KbstoreError
from storage.engine.monitor import Monitor
from storage.management.operator_command import OperatorCommand, error_console
from storage.models import Table
from storage.names import DEFAULT_BRANCH
from storage.services.compact_table import Compaction, compact_table, tables_to_compact, worn_tables


class Command(OperatorCommand):
    help = (
        "Writes tables anew whose files are full of deleted rows or free space. Runs beside the server: readers go on, "
        "writers of the same table wait. The worn version stays in the table's history. Exit code 1 if one failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", metavar="ID")
        parser.add_argument("--bucket", metavar="NAME", help="needs --project")
        parser.add_argument("--table", metavar="NAME", help="needs --bucket")
        parser.add_argument("--all", action="store_true", help="all projects")
        parser.add_argument("--dry-run", action="store_true", help="only say which tables are worn")
        parser.add_argument("--force", action="store_true", help="also those that are not, and if it saves nothing")

    def run(
        self, *, project: str | None, bucket: str | None, table: str | None, all: bool, force: bool, **options: Any
    ) -> None:
        if all == bool(project) or (bucket and not project) or (table and not bucket):
            raise CommandError("Name --project, with --bucket and --table if you like, or --all.")
        wanted = tables_to_compact(project_id=project, bucket_name=bucket, table_name=table)
        chosen = list(wanted) if force else list(worn_tables(wanted))
        if not chosen:
            self.stdout.write(f"None of {amount(wanted.count(), 'table')} is worn.")
            return
        grid = Grid("table", "before", "after", "", title="compact", title_justify="left")
        is_clean = True
        with counted(len(chosen)) as advance:
            for it in chosen:
                after, note = ("", "is worn") if options["dry_run"] else compacted(it, is_forced=force)
                is_clean &= not note.startswith("[red]")
                grid.add_row(escape(full_name(it)), size(it.current_version.size_bytes), after, note)
                advance()
        self.console.print(grid)
        if not is_clean:
            raise SystemExit(1)


def compacted(table: Table, *, is_forced: bool) -> tuple[str, str]:
    """The size afterwards and a remark; a failure is one, and the next table's turn comes."""
    try:
        outcome: Compaction = compact_table(
            actor=SYSTEM,
            project_id=table.bucket.project_id,
            branch_id=table.branch_id or DEFAULT_BRANCH,
            table=table,
            is_forced=is_forced,
            monitor=Monitor(),
        )
    except KbstoreError as error:
        return "", f"[red]{escape(error.message)}[/red]"
    return size(outcome.after_bytes), "" if outcome.is_kept else "left as it was: nothing to gain"


def full_name(table: Table) -> str:
    branch = f" (branch {table.branch_id})" if table.branch_id else ""
    return f"{table.bucket.project_id}/{table.bucket.name}.{table.name}{branch}"


@contextmanager
def counted(total: int) -> Iterator[Any]:
    """Yields what to call after each table; a bar on a terminal."""
    console = error_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("compact", total=total)
        yield lambda: bars.advance(bar)

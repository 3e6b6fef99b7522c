"""Progress of long commands: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from kbstore.console.formatting import size
from storage.management.operator_command import error_console

#: Between two lines where there is no terminal.
LINE_SECONDS = 10.0

Report = Callable[[int, int, str], None]


@contextmanager
def byte_progress(what: str) -> Iterator[Report]:
    """Yields a function that gets bytes done, bytes in all and the name of what was done last."""
    console = error_console()
    if not console.is_terminal:
        yield _line_reporter(what, console.print)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(what, total=None)
        yield lambda done, total, _name: bars.update(bar, completed=done, total=total)


def _line_reporter(what: str, say: Callable[[str], None]) -> Report:
    said_at = time.monotonic()

    def report(done: int, total: int, _name: str) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= LINE_SECONDS:
            said_at = time.monotonic()
            say(f"{what}: {size(done)} of {size(total)}")

    return report

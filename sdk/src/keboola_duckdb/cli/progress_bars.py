"""Progress bars on stderr, for people only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from keboola_duckdb.cli.output.columns import as_size

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from keboola_duckdb.progress import Progress


class ProgressBar:
    """A bar for each stage of the work, with amount, rate and time left; nothing at all when not `shown`."""

    def __init__(self, title: str, *, shown: bool, color: bool) -> None:
        self._title = title
        self._shown = shown
        self._color = color
        self._rich: RichProgress | None = None
        self._stages: dict[str, Any] = {}

    def __enter__(self) -> ProgressBar:
        if self._shown:
            self._rich = _new_progress(self._color)
            self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich is not None:
            if kind is None:
                self._finish_stages(self._rich)
            self._rich.stop()

    def update(self, progress: Progress) -> None:
        """Called back by the SDK."""
        if self._rich is None:
            return
        task = self._stages.get(progress.stage)
        if task is None:
            # A new stage means that the one before is done.
            self._finish_stages(self._rich)
            title = f"{self._title}: {progress.stage}" if progress.stage else self._title
            task = self._rich.add_task(title, total=progress.total, amount="")
            self._stages[progress.stage] = task
        self._rich.update(
            task, completed=progress.done, total=progress.total, amount=self._amount(self._rich, task, progress)
        )

    def _amount(self, rich: RichProgress, task: Any, progress: Progress) -> str:
        """Bytes or rows and how many a second; the percentage has a column of its own."""
        if progress.unit == "percent":
            return "" if progress.rows is None else f"{progress.rows:,} rows"
        words = as_size(progress.done)
        if progress.total:
            words += f" of {as_size(progress.total)}"
        speed = rich.tasks[rich.task_ids.index(task)].speed
        return f"{words}, {as_size(speed)}/s" if speed else words

    def _finish_stages(self, rich: RichProgress) -> None:
        for task in rich.tasks:
            if not task.finished:
                total = task.total or task.completed or 1
                rich.update(task.id, total=total, completed=total)


def _new_progress(color: bool) -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30, complete_style="cyan", finished_style="green"),
        TaskProgressColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(compact=True),
        console=Console(file=sys.stderr, no_color=not color),
        # What is left on the screen are words and data.
        transient=True,
    )

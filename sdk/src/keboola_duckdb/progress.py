"""What long transfers and jobs tell whoever asked to hear of their progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["upload", "import", "export", "download", "job"]
Unit = Literal["bytes", "percent"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a call has come.

    `done` and `total` are bytes of uploads and downloads; of jobs they are percent. `total` is None where nobody knows
    it. `rows` is how many rows a job has read or written so far, where the server says.
    """

    stage: Stage
    done: int
    total: int | None = None
    unit: Unit = "bytes"
    rows: int | None = None

    @property
    def share(self) -> float | None:
        """0 to 1; None where the total is not known."""
        if self.total is None:
            return None
        return min(1.0, self.done / self.total) if self.total else 1.0

    def __str__(self) -> str:
        if self.unit == "percent":
            rows = "" if self.rows is None else f", {self.rows:,} rows"
            return f"{self.stage}: {self.done} %{rows}"
        total = "" if self.total is None else f" of {self.total:,}"
        return f"{self.stage}: {self.done:,}{total} bytes"


#: Called between blocks of data and at changes of a job, in the thread (or the event loop) of the caller. What it
#: raises ends the call, as a cancellation does.
ProgressCallback = Callable[[Progress], object]

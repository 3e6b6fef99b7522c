"""The doorbell: tells whoever watches that a job's row has changed. A ring may be lost; the row is the truth."""

from __future__ import annotations

from collections.abc import Callable

#: Gets the ids of the job and its project; must neither block nor raise.
Bell = Callable[[str, str], None]

_bells: list[Bell] = []


def register_bell(bell: Bell) -> None:
    if bell not in _bells:
        _bells.append(bell)


def ring(*, job_id: str, project_id: str) -> None:
    for bell in _bells:
        bell(job_id, project_id)

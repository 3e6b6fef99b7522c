"""What can go wrong with work on the installation."""

from __future__ import annotations

from kbstore.errors import Conflict, NotFound, OperationCancelled


class RunInProgress(Conflict):
    code = "run_in_progress"

    def __init__(self, kind: str) -> None:
        super().__init__(f"A {kind} runs already. One at a time is enough.", details={"kind": kind})


class RunNotFound(NotFound):
    code = "run_not_found"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run {run_id} not found", details={"run_id": run_id})


class RunCancelled(OperationCancelled):
    def __init__(self) -> None:
        super().__init__("It was cancelled; nothing of it is left behind.")


class BackupNotFound(NotFound):
    code = "backup_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"Backup {name} not found", details={"name": name})

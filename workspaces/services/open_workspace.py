"""The workspaces that this process has open: one instance each, shared by all users, closed when there are none."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import structlog
from django.conf import settings

from kbstore.errors import KbstoreError
from storage.engine.workspace_errors import WorkspaceBusy, WorkspaceDamaged, WorkspaceMissing
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits
from storage.runtime import engine_config
from workspaces.errors import WorkspaceNotFound
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services.project_session import is_transient_id
from workspaces.services.workspace_place import path_of

log = structlog.get_logger(__name__)


class _Held:
    """One workspace of this process. `mutex` is held while it is opened or closed, `changing` by who changes it."""

    def __init__(self) -> None:
        self.mutex = threading.Lock()
        self.changing = threading.Lock()
        self.instance: WorkspaceInstance | None = None
        self.users = 0
        self.idle_since = time.monotonic()

    def open(self, workspace: Workspace) -> WorkspaceInstance:
        with self.mutex:
            if self.instance is None:
                self.instance = _open(workspace)
            return self.instance

    def close(self) -> bool:
        """Whether it was open."""
        with self.mutex:
            return self._close()

    def close_if_idle(self, seconds: float) -> bool:
        with self.mutex:
            with _registry:
                is_idle = self.users == 0 and time.monotonic() - self.idle_since >= seconds
            return is_idle and self._close()

    def _close(self) -> bool:
        instance, self.instance = self.instance, None
        if instance is not None:
            instance.close()
        return instance is not None


#: Guards `_held` and the number of users.
_registry = threading.Lock()
_held: dict[str, _Held] = {}
_keeping = threading.Event()


def keep_workspaces_open() -> None:
    """From now on what nobody uses stays open until it has been idle: for a process that closes it then.

    Any other one, such as a job worker, lets go at once, as nobody else can open the file meanwhile.
    """
    _keeping.set()


@contextmanager
def opened(workspace: Workspace, *, exclusive: bool = False) -> Iterator[WorkspaceInstance]:
    """The instance of a workspace, for as long as the block lasts; the first one to ask opens it.

    `exclusive` waits for other such blocks of this process: they change what all see. Raises WorkspaceNotFound once its
    row is gone, WorkspaceBusy where another process has the file, WorkspaceMissing and WorkspaceDamaged, which mark the
    row.
    """
    held = _enter(workspace.pk)
    try:
        instance = held.open(workspace)
        with held.changing if exclusive else nullcontext():
            yield instance
    finally:
        with _registry:
            held.users -= 1
            held.idle_since = time.monotonic()
        if not _keeping.is_set():
            held.close_if_idle(0.0)


def close_workspace(workspace_id: str) -> None:
    """End all that uses it in this process and free its file; no effect where it is not open."""
    with _registry:
        held = _held.get(workspace_id)
    if held is not None:
        held.close()


def close_idle_workspaces() -> int:
    """Close what nobody has used for WORKSPACE_IDLE_SECONDS, and what another process has deleted; how many."""
    with _registry:
        known = dict(_held)
    existing = set(Workspace.objects.filter(pk__in=list(known)).values_list("pk", flat=True))
    closed = 0
    for workspace_id, held in known.items():
        if workspace_id not in existing and not is_transient_id(workspace_id):
            closed += held.close()
        else:
            closed += held.close_if_idle(settings.WORKSPACE_IDLE_SECONDS)
    _forget_closed()
    return closed


def close_all_workspaces() -> None:
    """At the end of the process: whoever still uses one gets errors."""
    _keeping.clear()
    with _registry:
        known = list(_held.values())
    for held in known:
        held.close()


def _enter(workspace_id: str) -> _Held:
    with _registry:
        held = _held.setdefault(workspace_id, _Held())
        held.users += 1
        return held


def _forget_closed() -> None:
    with _registry:
        for workspace_id in [key for key, held in _held.items() if held.users == 0 and held.instance is None]:
            del _held[workspace_id]


def _open(workspace: Workspace) -> WorkspaceInstance:
    limits = WorkspaceLimits(
        memory_bytes=settings.PGWIRE_SESSION_MEMORY_LIMIT,
        threads=settings.DUCKDB_THREADS,
        spill_bytes=settings.WORKSPACE_SPILL_LIMIT,
    )
    try:
        instance = WorkspaceInstance.open(
            engine_config(),
            path=None if workspace.is_transient else path_of(workspace),
            database=workspace.database,
            limits=limits,
        )
    except (WorkspaceBusy, WorkspaceMissing, WorkspaceDamaged) as error:
        raise _reason(workspace, error) from error
    # Deleted meanwhile: who deleted it has looked for an open instance before this one was there, or will find it.
    if not workspace.is_transient and not Workspace.objects.filter(pk=workspace.pk).exists():
        instance.close()
        raise WorkspaceNotFound(workspace.project_id, workspace.pk)
    return instance


def _reason(workspace: Workspace, error: KbstoreError) -> KbstoreError:
    rows = Workspace.objects.filter(pk=workspace.pk)
    if workspace.is_transient:
        return error
    if not rows.exists():
        return WorkspaceNotFound(workspace.project_id, workspace.pk)
    if not isinstance(error, WorkspaceBusy):
        log.error("workspace cannot be opened", workspace_id=workspace.pk, code=error.code)
        rows.update(status=WorkspaceStatus.ERROR)
    return error

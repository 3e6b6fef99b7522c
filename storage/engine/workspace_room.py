"""Statements of ours in a workspace: stopped by a monitor or by the size of what they write, errors told as ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kbstore.errors import KbstoreError, Kind, OperationCancelled
from storage.engine.monitor import Monitor
from storage.engine.native import ErrorKind, NativeConnection, NativeError
from storage.engine.workspace_errors import translate_native
from storage.engine.workspace_objects import WorkspaceChanging

_LOOK_SECONDS = 0.25


class WorkspaceFull(KbstoreError):
    """The workspace has reached its size limit: it can be read and cleared, nothing is added."""

    kind = Kind.NO_SPACE
    code = "workspace_size_limit_exceeded"

    def __init__(self, size_limit_bytes: int) -> None:
        super().__init__(
            f"The workspace has reached its size limit of {size_limit_bytes} bytes",
            details={"size_limit_bytes": size_limit_bytes},
        )


@dataclass(frozen=True)
class Room:
    """How large something is now, and how large it may become."""

    size_bytes: Callable[[], int]
    limit_bytes: int


#: For what writes no rows.
NO_LIMIT = Room(lambda: 0, 1)


class Watched:
    """A native connection as `Monitor` wants it."""

    def __init__(self, connection: NativeConnection) -> None:
        self._connection = connection

    def interrupt(self) -> None:
        self._connection.interrupt()

    def query_progress(self) -> float:
        return self._connection.progress()


def require_room(size_bytes: int, limit_bytes: int) -> None:
    """Raises WorkspaceFull."""
    if size_bytes >= limit_bytes:
        raise WorkspaceFull(limit_bytes)


@contextmanager
def size_watched(
    connection: NativeConnection, size_bytes: Callable[[], int], limit_bytes: int
) -> Iterator[threading.Event]:
    """Stop what the connection does when something outgrows the limit meanwhile; the event says that it did."""
    is_full, is_over = threading.Event(), threading.Event()

    def watch() -> None:
        while not is_over.wait(_LOOK_SECONDS):
            if size_bytes() >= limit_bytes:
                is_full.set()
                connection.interrupt()

    thread = threading.Thread(target=watch, name="workspace-size", daemon=True)
    thread.start()
    try:
        yield is_full
    finally:
        is_over.set()
        thread.join()


@contextmanager
def watched(
    connection: NativeConnection, monitor: Monitor, room: Room, *, span: tuple[float, float] = (0.0, 1.0)
) -> Iterator[None]:
    """Statements of the block end with the monitor's reason, or with WorkspaceFull once the size has the limit.

    Also raises WorkspaceChanging, and what `translate_native` makes of other errors.
    """
    require_room(room.size_bytes(), room.limit_bytes)
    with size_watched(connection, room.size_bytes, room.limit_bytes) as is_full:
        try:
            with monitor.phase(Watched(connection), *span):  # type: ignore[arg-type]
                yield
        except NativeError as error:
            raise _told(error, monitor, room.limit_bytes if is_full.is_set() else None) from error


def _told(error: NativeError, monitor: Monitor, outgrown_bytes: int | None) -> KbstoreError:
    if error.kind is ErrorKind.INTERRUPT:
        full = None if outgrown_bytes is None else WorkspaceFull(outgrown_bytes)
        return monitor.cancelled_with or full or OperationCancelled()
    if error.kind is ErrorKind.TRANSACTION or "write-write conflict" in error.message.lower():
        return WorkspaceChanging()
    return translate_native(error)

"""Run SQL in a workspace for a caller who waits for the rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from django.conf import settings

from kbstore import context
from kbstore.access import Actor, Need
from kbstore.errors import Forbidden, OperationCancelled
from workspaces.models import Door, Workspace
from workspaces.services.find_workspace import branch_of, find_workspace
from workspaces.services.running_sql import Caller, RunningSql, count_running
from workspaces.services.sql_order import SqlOrder
from workspaces.sql_errors import TooManyQueries

#: A result that fits is sent as a whole: what goes wrong on the way to it is told as an error, not by breaking off.
WHOLE_BYTES: Final = 1 << 20
_starting = threading.Lock()


class SqlAnswer:
    """The document as far as it is known: all of it, or its beginning and what still runs."""

    def __init__(self, running: RunningSql, first: bytes, *, is_whole: bool) -> None:
        self.running = running
        self.first = first
        self.is_whole = is_whole


def run_sql(
    *,
    actor: Actor,
    project_id: str,
    workspace_id: str,
    order: SqlOrder,
    branch_id: str | None = None,
    has_left: Callable[[], bool] = lambda: False,
) -> SqlAnswer:
    """Run the statements in one transaction. Who may only read has a transaction that only reads.

    `has_left` says whether the caller has given up: then the query is stopped. Of an answer that is not whole the
    caller reads and closes what is left. Raises WorkspaceNotFound, WorkspaceExpired, WorkspaceNotActive, WorkspaceBusy,
    ConnectionLimitReached, TooManyQueries, the classes of `sql_errors` and, past the limit of time, OperationTimeout.
    """
    workspace = find_workspace(
        actor=actor, need=Need.READ, project_id=project_id, workspace_id=workspace_id, branch_id=branch_id
    )
    running = admitted_sql(actor, workspace, order, door=Door.REST)

    def look() -> None:
        if has_left():
            running.stop(OperationCancelled("The caller left."))

    try:
        running.wait(running.start(), look=look)
        return _begun(running, look)
    except BaseException:
        running.close()
        raise


def admitted_sql(actor: Actor, workspace: Workspace, order: SqlOrder, *, door: Door) -> RunningSql:
    """What will run the order, at most as long as the server allows; start it, and close it in the end.

    Raises TooManyQueries, and what `RunningSql` raises.
    """
    longest = float(settings.PGWIRE_QUERY_TIMEOUT_SECONDS)
    seconds = min(order.timeout_seconds or longest, longest)
    with _starting:
        _require_room()
        return RunningSql(workspace, order, _caller(actor, workspace, door), seconds=seconds)


def may_write(actor: Actor, workspace: Workspace) -> bool:
    """Whether the caller may change things in it."""
    if workspace.is_transient:
        return False
    try:
        actor.require(Need.WRITE, project_id=workspace.project_id, branch_id=branch_of(workspace))
    except Forbidden:
        return False
    return True


def _begun(running: RunningSql, look: Callable[[], None]) -> SqlAnswer:
    parts: list[bytes] = []
    size = 0
    while size < WHOLE_BYTES:
        block = running.wait(running.next_block(), look=look)
        if block is None:
            running.sent_bytes = size
            running.close()
            return SqlAnswer(running, b"".join(parts), is_whole=True)
        parts.append(block)
        size += len(block)
    return SqlAnswer(running, b"".join(parts), is_whole=False)


def _require_room() -> None:
    """Queries take at most half of the threads that answer requests."""
    limit = max(1, settings.MAX_RUNNING_REQUESTS // 2)
    if count_running() >= limit:
        raise TooManyQueries(limit)


def _caller(actor: Actor, workspace: Workspace, door: Door) -> Caller:
    return Caller(
        door=door.value,
        user=actor.label,
        address=context.client_address.get() or "",
        request_id=context.request_id.get() or "",
        may_write=may_write(actor, workspace),
    )

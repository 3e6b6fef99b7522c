"""Run SQL for a caller who takes the rows as they come, however many there are: in a workspace or over a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import pyarrow as pa

from kbstore.access import Actor, Need
from kbstore.patience import patience
from workspaces.models import Door, Workspace
from workspaces.services.find_workspace import branch_of
from workspaces.services.run_sql import admitted_sql
from workspaces.services.running_sql import RunningSql
from workspaces.services.sql_order import SqlOrder


def stream_query(
    *,
    actor: Actor,
    source: Workspace,
    sql: str,
    schemas: Sequence[str] = (),
    seconds: float,
    send: Callable[[bytes], None],
) -> tuple[list[str], int]:
    """As `execute_query`, with the rows of the last statement as blocks of one Arrow IPC stream in the engine's types.

    Names of the columns, none where there are no rows to give, and the number of rows. No row is read before `send`
    has returned from those before it. Raises what `execute_query` raises, also after rows were sent.
    """
    actor.require(Need.READ, project_id=source.project_id, branch_id=branch_of(source))
    order = SqlOrder(
        sql, format="arrow", timeout_seconds=seconds, search_path=tuple(schemas) or None, allows_settings=False
    )
    running = admitted_sql(actor, source, order, door=Door.DRIVER)
    caller = patience()
    try:
        with nullcontext() if caller is None else caller.stopping(running.stop):
            names = _sent(running, send)
    finally:
        running.close()
    statements = running.statements
    assert statements is not None  # noqa: S101 - it has run
    return names, statements.row_count


def _sent(running: RunningSql, send: Callable[[bytes], None]) -> list[str]:
    running.wait(running.start())
    names: list[str] | None = None
    while (block := running.wait(running.next_block())) is not None:
        if names is None:
            names = pa.ipc.open_stream(block).schema.names
        if names:
            send(block)
        running.sent_bytes += len(block)
    return names or []

"""Run SQL for a caller who waits for all rows as texts: in a workspace, or read-only over a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from kbstore.access import Actor, Need
from kbstore.patience import patience
from storage import catalog
from workspaces.models import Door, Workspace
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import pieces_of
from workspaces.services.find_workspace import branch_of
from workspaces.services.project_session import project_place
from workspaces.services.result_formats import text_rows_of
from workspaces.services.run_sql import admitted_sql
from workspaces.services.running_sql import RunningSql
from workspaces.services.sql_order import SqlOrder


@dataclass(frozen=True)
class TextAnswer:
    """Of the last statement. `columns` is empty for one that gives no rows; NULL is the empty text."""

    columns: list[str]
    rows: Iterator[tuple[str, ...]]
    row_count: int
    truncated: bool


def project_source(*, actor: Actor, project_id: str, branch_id: str) -> Workspace:
    """For `execute_query`: all that may be read in the branch, and nothing to write to.

    Raises Forbidden, ProjectNotFound, BranchNotFound.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    catalog.find_place(project_id=project_id, branch_id=branch_id)
    return project_place(project_id, branch_id)


def execute_query(
    *,
    actor: Actor,
    source: Workspace,
    sql: str,
    schemas: Sequence[str] = (),
    seconds: float,
    limit: int,
    limit_bytes: int,
) -> TextAnswer:
    """Run the statements in one transaction; a caller who may only read has one that only reads.

    Bare names are looked for in `schemas` first. The end of the caller's patience stops it. Raises what `run_sql`
    raises, and QueryRefused for settings and PRAGMAs.
    """
    actor.require(Need.READ, project_id=source.project_id, branch_id=branch_of(source))
    order = SqlOrder(
        sql,
        format="text",
        limit=limit,
        limit_bytes=limit_bytes,
        timeout_seconds=seconds,
        search_path=tuple(schemas) or None,
        allows_settings=False,
    )
    running = admitted_sql(actor, source, order, door=Door.DRIVER)
    caller = patience()
    try:
        with nullcontext() if caller is None else caller.stopping(running.stop):
            document = _document(running)
    finally:
        running.close()
    names, rows = text_rows_of(document)
    statements = running.statements
    assert statements is not None  # noqa: S101 - it has run
    return TextAnswer(names, rows, statements.row_count, statements.truncated)


def count_statements(sql: str) -> int:
    """0 for a text that cannot be read as statements: running it tells why."""
    try:
        return len(pieces_of(sql))
    except SqlFault:
        return 0


def _document(running: RunningSql) -> bytes:
    running.wait(running.start())
    parts: list[bytes] = []
    while (block := running.wait(running.next_block())) is not None:
        parts.append(block)
        running.sent_bytes += len(block)
    return b"".join(parts)

"""Jobs that nobody works on: rows that say what a walk wants to see."""

from __future__ import annotations

import time

from tests.cast import Server


def insert_job(server: Server, project_id: str, progress: float) -> str:
    """A job that some other process works on, as its row says."""
    job_id = f"{time.monotonic_ns():032x}"
    server.execute(
        "INSERT INTO storage_job (id, project_id, type, state, progress, params, bucket_name, table_name, requested_by,"
        " request_id, client_address, worker, created_at, started_at, heartbeat_at) VALUES (?, ?, 'table_import',"
        " 'processing', ?, '{}', 'in.c-sales', 'orders', '', '', '', 'elsewhere', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,"
        " '2099-01-01 00:00:00')",
        job_id,
        project_id,
        progress,
    )
    return job_id


def set_job(server: Server, job_id: str, state: str, progress: float, rows: int) -> None:
    server.execute(
        "UPDATE storage_job SET state = ?, progress = ?, rows = ?, finished_at ="
        " CASE ? WHEN 'processing' THEN NULL ELSE CURRENT_TIMESTAMP END WHERE id = ?",
        state,
        progress,
        rows,
        state,
        job_id,
    )

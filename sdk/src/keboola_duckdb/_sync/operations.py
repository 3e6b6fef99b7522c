# Written by generate_sync.py from _async/operations.py: change that and run it again.

"""The audit log of a project."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Literal

from keboola_duckdb._sync.resource import PAGE_ROWS, Resource, pages_of
from keboola_duckdb.models.operations import Operation, OperationStats
from keboola_duckdb.models.page import Page


class Operations(Resource):
    """`kb.operations`: what was done or refused, newest first."""

    def list(
        self,
        project: str,
        *,
        command: str | None = None,
        status: Literal["success", "failed"] | None = None,
        bucket: str | None = None,
        table: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[Operation]:
        """Times without a zone are local."""
        return self._page(
            "GET",
            "/projects/{project_id}/operations",
            into=Operation,
            member="operations",
            path={"project_id": project},
            query={
                "command": command,
                "status": status,
                "bucket": bucket,
                "table": table,
                "from": _instant(since),
                "to": _instant(until),
            },
            limit=limit,
            offset=offset,
        )

    def iterate(
        self,
        project: str,
        *,
        command: str | None = None,
        status: Literal["success", "failed"] | None = None,
        bucket: str | None = None,
        table: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        page_size: int = PAGE_ROWS,
    ) -> Iterator[Operation]:
        """All of them, fetched page by page while you go; name `until` so that new ones do not move the pages."""
        return pages_of(
            lambda limit, offset: self.list(
                project,
                command=command,
                status=status,
                bucket=bucket,
                table=table,
                since=since,
                until=until,
                limit=limit,
                offset=offset,
            ),
            page_size=page_size,
        )

    def get(self, project: str, operation: str) -> Operation:
        return self._call(
            "GET",
            "/projects/{project_id}/operations/{operation_id}",
            into=Operation,
            path={"project_id": project, "operation_id": operation},
        )

    def stats(self, project: str, *, period: Literal["1h", "24h", "7d", "30d"] = "24h") -> OperationStats:
        """Counts, success rates, durations and errors of the last `period`."""
        return self._call(
            "GET",
            "/projects/{project_id}/operations/stats",
            into=OperationStats,
            path={"project_id": project},
            query={"period": period},
        )


def _instant(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(datetime.UTC).isoformat()

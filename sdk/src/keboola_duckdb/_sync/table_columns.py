# Written by generate_sync.py from _async/table_columns.py: change that and run it again.

"""What is done to the columns and the primary key of a table: each makes a new version of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, overload

import httpx

from keboola_duckdb._sync.resource import Resource, parsed
from keboola_duckdb.addresses import table_path
from keboola_duckdb.calls import given, list_of_names
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.tables import Table
from keboola_duckdb.progress import ProgressCallback


class TableColumns(Resource):
    """Part of `kb.tables`. Each call is a job that is waited for; with `wait=False` it is given out instead."""

    @overload
    def add_column(
        self,
        project: str,
        bucket: str,
        table: str,
        name: str,
        type: str,
        *,
        nullable: bool = True,
        default: str | None = None,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table: ...
    @overload
    def add_column(
        self,
        project: str,
        bucket: str,
        table: str,
        name: str,
        type: str,
        *,
        nullable: bool = True,
        default: str | None = None,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    def add_column(
        self,
        project: str,
        bucket: str,
        table: str,
        name: str,
        type: str,
        *,
        nullable: bool = True,
        default: str | None = None,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table | Job:
        """A column after the others. `default` is what existing rows get, as text."""
        outcome = self._start(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/columns",
            path=table_path(project, bucket, table, branch),
            body=given(name=name, type=type, nullable=nullable, default=default),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return self._after(outcome, project, bucket, table, branch=branch, wait=wait)

    @overload
    def drop_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table: ...
    @overload
    def drop_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    def drop_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        force: bool = False,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table | Job:
        """`force` takes no snapshot of the table before, whatever settings want."""
        outcome = self._start(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/columns/{column_name}",
            path=table_path(project, bucket, table, branch) | {"column_name": column},
            query={"force": force or None},
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return self._after(outcome, project, bucket, table, branch=branch, wait=wait)

    @overload
    def alter_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        new_name: str | None = None,
        new_type: str | None = None,
        set_not_null: bool | None = None,
        set_default: str | None = None,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table: ...
    @overload
    def alter_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        new_name: str | None = None,
        new_type: str | None = None,
        set_not_null: bool | None = None,
        set_default: str | None = None,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    def alter_column(
        self,
        project: str,
        bucket: str,
        table: str,
        column: str,
        *,
        new_name: str | None = None,
        new_type: str | None = None,
        set_not_null: bool | None = None,
        set_default: str | None = None,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table | Job:
        """What is None stays as it is; an empty `set_default` drops the default."""
        outcome = self._start(
            "PUT",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/columns/{column_name}",
            path=table_path(project, bucket, table, branch) | {"column_name": column},
            body=given(new_name=new_name, new_type=new_type, set_not_null=set_not_null, set_default=set_default),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return self._after(outcome, project, bucket, table, branch=branch, wait=wait)

    @overload
    def set_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        columns: Sequence[str],
        *,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table: ...
    @overload
    def set_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        columns: Sequence[str],
        *,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    def set_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        columns: Sequence[str],
        *,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table | Job:
        """Raises ConflictError for a table that has a key, and where rows are not unique."""
        outcome = self._start(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/primary-key",
            path=table_path(project, bucket, table, branch),
            body={"columns": list_of_names(columns)},
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return self._after(outcome, project, bucket, table, branch=branch, wait=wait)

    @overload
    def drop_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        branch: str = "default",
        wait: Literal[True] = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table: ...
    @overload
    def drop_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        branch: str = "default",
        wait: Literal[False],
    ) -> Job: ...
    def drop_primary_key(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        branch: str = "default",
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> Table | Job:
        """Rows stay as they are."""
        outcome = self._start(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/primary-key",
            path=table_path(project, bucket, table, branch),
            wait=wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return self._after(outcome, project, bucket, table, branch=branch, wait=wait)

    def _after(
        self, outcome: httpx.Response | Job, project: str, bucket: str, table: str, *, branch: str, wait: bool
    ) -> Table | Job:
        """The table as it is now: jobs of these kinds only tell its size."""
        if not isinstance(outcome, Job):
            return parsed(outcome, Table)
        return self._client.tables.get(project, bucket, table, branch=branch) if wait else outcome

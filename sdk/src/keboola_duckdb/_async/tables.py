"""Tables: their columns, contents and history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from keboola_duckdb._async.resource import PAGE_ROWS, pages_of
from keboola_duckdb._async.table_columns import AsyncTableColumns
from keboola_duckdb._async.table_frames import AsyncTableFrames
from keboola_duckdb._async.table_rows import AsyncTableRows
from keboola_duckdb.addresses import bucket_path, table_path
from keboola_duckdb.calls import given, list_of_names
from keboola_duckdb.data_options import Columns, column_definitions
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.tables import Table, TablePreview, TableVersion


class AsyncTables(AsyncTableColumns, AsyncTableRows, AsyncTableFrames):
    """`kb.tables`."""

    async def list(
        self, project: str, bucket: str, *, branch: str = "default", limit: int | None = None, offset: int = 0
    ) -> Page[Table]:
        """The own tables of a bucket; of a linked one there are none."""
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables",
            into=Table,
            member="tables",
            path=bucket_path(project, bucket, branch),
            limit=limit,
            offset=offset,
        )

    def iterate(
        self, project: str, bucket: str, *, branch: str = "default", page_size: int = PAGE_ROWS
    ) -> AsyncIterator[Table]:
        """All tables of a bucket, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(project, bucket, branch=branch, limit=limit, offset=offset),
            page_size=page_size,
        )

    async def create(
        self,
        project: str,
        bucket: str,
        name: str,
        columns: Columns,
        *,
        primary_key: Sequence[str] | None = None,
        branch: str = "default",
    ) -> Table:
        """An empty table. `columns` maps names to types, or lists objects with name, type, nullable and default."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables",
            into=Table,
            path=bucket_path(project, bucket, branch),
            body=given(
                name=name,
                columns=column_definitions(columns),
                primary_key=None if primary_key is None else list_of_names(primary_key),
            ),
        )

    async def get(self, project: str, bucket: str, table: str, *, branch: str = "default") -> Table:
        """With columns, key, and exact rows and bytes."""
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}",
            into=Table,
            path=table_path(project, bucket, table, branch),
        )

    async def delete(
        self, project: str, bucket: str, table: str, *, force: bool = False, branch: str = "default"
    ) -> None:
        """`force` takes no snapshot before, whatever settings want."""
        await self._call(
            "DELETE",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}",
            path=table_path(project, bucket, table, branch),
            query={"force": force or None},
        )

    async def preview(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        limit: int | None = None,
        version: int | str | None = None,
        branch: str = "default",
    ) -> TablePreview:
        """The first rows (up to 10,000), of an earlier version if its number or id is given."""
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/preview",
            into=TablePreview,
            path=table_path(project, bucket, table, branch),
            query={"limit": limit, "version": version},
        )

    async def versions(
        self,
        project: str,
        bucket: str,
        table: str,
        *,
        branch: str = "default",
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[TableVersion]:
        """The history of a table, newest first."""
        return await self._page(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/versions",
            into=TableVersion,
            member="versions",
            path=table_path(project, bucket, table, branch),
            limit=limit,
            offset=offset,
        )

    async def restore_version(
        self, project: str, bucket: str, table: str, version: int | str, *, branch: str = "default"
    ) -> Table:
        """An earlier version, by number or id, becomes the next one."""
        return await self._call(
            "POST",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/versions/{version}/restore",
            into=Table,
            path=table_path(project, bucket, table, branch) | {"version": str(version)},
        )

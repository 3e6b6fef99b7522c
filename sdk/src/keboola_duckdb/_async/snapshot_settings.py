"""When the server takes snapshots by itself, and how long it keeps them: for a project, a bucket or a table."""

from __future__ import annotations

from collections.abc import Mapping

from keboola_duckdb._async.resource import AsyncResource
from keboola_duckdb.addresses import bucket_path, table_path
from keboola_duckdb.calls import given
from keboola_duckdb.errors import ConfigurationError
from keboola_duckdb.models.snapshots import SnapshotConfig


class AsyncSnapshotSettings(AsyncResource):
    """`kb.snapshot_settings`. Name a project, a bucket of it, or a table: that level is meant."""

    async def get(
        self, project: str, bucket: str | None = None, table: str | None = None, *, branch: str = "default"
    ) -> SnapshotConfig:
        """What is in force there, where each value comes from, and what is set at this level itself."""
        if bucket is None:
            return await self._call(
                "GET",
                "/projects/{project_id}/settings/snapshots",
                into=SnapshotConfig,
                path=_project_path(project, table),
            )
        if table is None:
            return await self._call(
                "GET",
                "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/settings/snapshots",
                into=SnapshotConfig,
                path=bucket_path(project, bucket, branch),
            )
        return await self._call(
            "GET",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/settings/snapshots",
            into=SnapshotConfig,
            path=table_path(project, bucket, table, branch),
        )

    async def update(
        self,
        project: str,
        bucket: str | None = None,
        table: str | None = None,
        *,
        enabled: bool | None = None,
        triggers: Mapping[str, bool] | None = None,
        retention: Mapping[str, int] | None = None,
        branch: str = "default",
    ) -> SnapshotConfig:
        """Replace all that is set at this level; what is None is inherited from the level above.

        `triggers` are `drop_table`, `truncate_table`, `delete_all_rows`, `drop_column`, `full_load`; `retention` has
        `manual_days` and `auto_days`.
        """
        body = given(enabled=enabled, auto_snapshot_triggers=triggers, retention=retention)
        if bucket is None:
            return await self._call(
                "PUT",
                "/projects/{project_id}/settings/snapshots",
                into=SnapshotConfig,
                path=_project_path(project, table),
                body=body,
            )
        if table is None:
            return await self._call(
                "PUT",
                "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/settings/snapshots",
                into=SnapshotConfig,
                path=bucket_path(project, bucket, branch),
                body=body,
            )
        return await self._call(
            "PUT",
            "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/settings/snapshots",
            into=SnapshotConfig,
            path=table_path(project, bucket, table, branch),
            body=body,
        )

    async def reset(
        self, project: str, bucket: str | None = None, table: str | None = None, *, branch: str = "default"
    ) -> None:
        """Forget what is set at this level: everything is inherited again."""
        if bucket is None:
            await self._call("DELETE", "/projects/{project_id}/settings/snapshots", path=_project_path(project, table))
        elif table is None:
            await self._call(
                "DELETE",
                "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/settings/snapshots",
                path=bucket_path(project, bucket, branch),
            )
        else:
            await self._call(
                "DELETE",
                "/projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/tables/{table_name}/settings/snapshots",
                path=table_path(project, bucket, table, branch),
            )


def _project_path(project: str, table: str | None) -> dict[str, str]:
    if table is not None:
        raise ConfigurationError("a table is named without its bucket")
    return {"project_id": project}

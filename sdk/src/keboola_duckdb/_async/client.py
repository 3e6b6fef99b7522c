"""The client: where all resources hang."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from keboola_duckdb._async.api_keys import AsyncApiKeys
from keboola_duckdb._async.branches import AsyncBranches
from keboola_duckdb._async.buckets import AsyncBuckets
from keboola_duckdb._async.files import AsyncFiles
from keboola_duckdb._async.installation import AsyncInstallation
from keboola_duckdb._async.jobs import AsyncJobs
from keboola_duckdb._async.operations import AsyncOperations
from keboola_duckdb._async.projects import AsyncProjects
from keboola_duckdb._async.s3_credentials import AsyncS3Credentials
from keboola_duckdb._async.snapshot_settings import AsyncSnapshotSettings
from keboola_duckdb._async.snapshots import AsyncSnapshots
from keboola_duckdb._async.tables import AsyncTables
from keboola_duckdb._async.transport import AsyncTransport
from keboola_duckdb._async.workspaces import AsyncWorkspaces
from keboola_duckdb.settings import CONNECT_SECONDS, MAX_RETRIES, READ_SECONDS, ClientSettings


class AsyncClient:
    """One server and one key. Use it with `async with`, or call `aclose` when done.

    `timeout` are the seconds of silence after which a read is given up, `connect_timeout` those of reaching the
    server. `verify=False` accepts any certificate, `ca_file` names the authorities to trust instead of the system's.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = READ_SECONDS,
        connect_timeout: float = CONNECT_SECONDS,
        max_retries: int = MAX_RETRIES,
        verify: bool = True,
        ca_file: str | None = None,
        http_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        settings = ClientSettings(
            url=url,
            api_key=SecretStr(api_key) if api_key is not None else None,
            connect_timeout=connect_timeout,
            read_timeout=timeout,
            max_retries=max_retries,
            verify=verify,
            ca_file=ca_file,
        )
        self._open(settings, http_transport)

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Self:
        """From KEBOOLA_DUCKDB_URL (required), _API_KEY, _TIMEOUT and _MAX_RETRIES."""
        return cls.from_settings(ClientSettings.from_env(environment))

    @classmethod
    def from_settings(cls, settings: ClientSettings) -> Self:
        """For settings that somebody else has put together."""
        client = cls.__new__(cls)
        client._open(settings, None)
        return client

    def _open(self, settings: ClientSettings, http_transport: httpx.AsyncBaseTransport | None) -> None:
        self.settings = settings
        self._transport = AsyncTransport(settings, http_transport=http_transport)
        self.api_keys = AsyncApiKeys(self)
        self.branches = AsyncBranches(self)
        self.buckets = AsyncBuckets(self)
        self.files = AsyncFiles(self)
        self.installation = AsyncInstallation(self)
        self.jobs = AsyncJobs(self)
        self.operations = AsyncOperations(self)
        self.projects = AsyncProjects(self)
        self.s3_credentials = AsyncS3Credentials(self)
        self.snapshot_settings = AsyncSnapshotSettings(self)
        self.snapshots = AsyncSnapshots(self)
        self.tables = AsyncTables(self)
        self.workspaces = AsyncWorkspaces(self)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.url!r})"

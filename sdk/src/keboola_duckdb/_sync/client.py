# Written by generate_sync.py from _async/client.py: change that and run it again.

"""The client: where all resources hang."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from keboola_duckdb._sync.api_keys import ApiKeys
from keboola_duckdb._sync.branches import Branches
from keboola_duckdb._sync.buckets import Buckets
from keboola_duckdb._sync.files import Files
from keboola_duckdb._sync.installation import Installation
from keboola_duckdb._sync.jobs import Jobs
from keboola_duckdb._sync.operations import Operations
from keboola_duckdb._sync.projects import Projects
from keboola_duckdb._sync.s3_credentials import S3Credentials
from keboola_duckdb._sync.snapshot_settings import SnapshotSettings
from keboola_duckdb._sync.snapshots import Snapshots
from keboola_duckdb._sync.tables import Tables
from keboola_duckdb._sync.transport import Transport
from keboola_duckdb._sync.workspaces import Workspaces
from keboola_duckdb.settings import CONNECT_SECONDS, MAX_RETRIES, READ_SECONDS, ClientSettings


class Client:
    """One server and one key. Use it with `with`, or call `close` when done.

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
        http_transport: httpx.BaseTransport | None = None,
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

    def _open(self, settings: ClientSettings, http_transport: httpx.BaseTransport | None) -> None:
        self.settings = settings
        self._transport = Transport(settings, http_transport=http_transport)
        self.api_keys = ApiKeys(self)
        self.branches = Branches(self)
        self.buckets = Buckets(self)
        self.files = Files(self)
        self.installation = Installation(self)
        self.jobs = Jobs(self)
        self.operations = Operations(self)
        self.projects = Projects(self)
        self.s3_credentials = S3Credentials(self)
        self.snapshot_settings = SnapshotSettings(self)
        self.snapshots = Snapshots(self)
        self.tables = Tables(self)
        self.workspaces = Workspaces(self)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.url!r})"

"""Access keys for the S3 endpoint."""

from __future__ import annotations

import datetime

from keboola_duckdb.models.base import Model, secret_field


class S3Credential(Model):
    """`endpoint` is that below the API, `root_endpoint` that of a port of its own; `bucket` is None for every one."""

    access_key_id: str
    project_id: str | None
    description: str
    enabled: bool
    read_only: bool
    key_prefix: str
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    last_used_at: datetime.datetime | None
    endpoint: str
    root_endpoint: str | None
    region: str
    bucket: str | None


class NewS3Credential(S3Credential):
    """A credential with its secret, which is shown this once."""

    secret_access_key: str = secret_field()

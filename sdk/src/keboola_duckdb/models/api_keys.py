"""Keys of a project."""

from __future__ import annotations

import datetime
from typing import Literal

from keboola_duckdb.models.base import Model, secret_field

Scope = Literal["project_admin", "branch_admin", "branch_read"]


class _Key(Model):
    id: str
    project_id: str
    branch_id: str | None
    key_prefix: str
    scope: str
    description: str | None
    created_at: datetime.datetime
    expires_at: datetime.datetime | None


class ApiKey(_Key):
    """A key as the server knows it: without its secret."""

    last_used_at: datetime.datetime | None
    is_revoked: bool


class NewApiKey(_Key):
    """A key with its secret, which is shown this once."""

    api_key: str = secret_field()

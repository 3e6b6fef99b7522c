"""Projects."""

from __future__ import annotations

import datetime
from typing import Any

from keboola_duckdb.models.base import Model, secret_field


class Project(Model):
    """A project; `settings` is whatever its makers keep there."""

    id: str
    name: str | None
    db_path: str
    status: str
    created_at: datetime.datetime | None
    updated_at: datetime.datetime | None
    size_bytes: int
    table_count: int
    bucket_count: int
    settings: dict[str, Any] | None


class NewProject(Project):
    """A project and its first key, which is shown this once."""

    api_key: str = secret_field()


class ProjectStats(Model):
    """Sizes, counted now."""

    id: str
    size_bytes: int
    table_count: int
    bucket_count: int

"""Files of a project and uploads under way."""

from __future__ import annotations

import datetime

from keboola_duckdb.models.base import Model


class File(Model):
    """A file of a project; a staged one is not registered yet."""

    id: str
    project_id: str
    name: str
    path: str
    size_bytes: int
    content_type: str | None
    checksum_sha256: str | None
    is_staged: bool
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    tags: dict[str, str] | None


class UploadTicket(Model):
    """The right to send one file."""

    upload_key: str
    upload_url: str
    expires_at: datetime.datetime


class UploadReceipt(Model):
    """What the server has received."""

    upload_key: str
    staging_path: str
    size_bytes: int
    checksum_sha256: str

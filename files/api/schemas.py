"""Shapes of the requests and answers of the files API."""

from __future__ import annotations

import datetime
import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from files.models import File
from files.services.list_files import FileFilter
from files.services.staging import shown_staging_path
from kbstore.rest.schema import Page, Reply, RequestModel, Timestamp


class PrepareRequest(RequestModel):
    filename: str
    content_type: str | None = None
    size_bytes: Annotated[int, Field(ge=0)] | None = None
    tags: dict[str, str] | None = None


class RegisterRequest(RequestModel):
    upload_key: str
    name: str | None = None
    tags: dict[str, str] | None = None


class FileChanges(RequestModel):
    """A field that is absent stays as it is; tags of null are removed."""

    name: str | None = None
    tags: dict[str, str] | None = None


def _with_plus(text: object) -> object:
    """A `+00:00` that was not percent-encoded arrives with a blank for the plus."""
    return re.sub(r" (?=\d\d:\d\d$)", "+", text) if isinstance(text, str) and "T" in text else text


class FileListQuery(Page):
    """`tag` is `key:value`; a moment without an offset is UTC."""

    include_staged: bool = False
    tag: Annotated[str, Field(pattern=r"^[^:]+:")] | None = None
    name_contains: str | None = None
    since: Annotated[datetime.datetime, BeforeValidator(_with_plus)] | None = None

    def wanted(self) -> FileFilter:
        since = self.since
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=datetime.UTC)
        key, _, value = (self.tag or "").partition(":")
        return FileFilter(self.include_staged, (key, value) if self.tag else None, self.name_contains, since)


class UploadTicket(Reply):
    upload_key: str
    upload_url: str
    expires_at: Timestamp


class UploadReceipt(Reply):
    upload_key: str
    staging_path: str
    size_bytes: int
    checksum_sha256: str


class FileInfo(Reply):
    id: str
    project_id: str
    name: str
    path: str
    size_bytes: int
    content_type: str | None
    checksum_sha256: str | None
    is_staged: bool
    created_at: Timestamp
    expires_at: Timestamp | None
    tags: dict[str, str] | None


class FileList(Reply):
    files: list[FileInfo]
    total: int


def file_info(file: File) -> FileInfo:
    info = FileInfo.model_validate(file)
    return info.model_copy(update={"path": shown_staging_path(file)}) if file.is_staged else info

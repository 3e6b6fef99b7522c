"""Files of a project: uploaded, looked at, downloaded, deleted."""

from __future__ import annotations

import datetime
import mimetypes
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from keboola_duckdb._async.download_target import DownloadTarget, Target
from keboola_duckdb._async.downloads import AsyncDownload, save
from keboola_duckdb._async.resource import PAGE_ROWS, AsyncResource, pages_of
from keboola_duckdb._async.upload_source import Source, UploadSource
from keboola_duckdb._async.uploads import AsyncUpload
from keboola_duckdb.calls import UNCHANGED, Unchanged
from keboola_duckdb.models.files import File
from keboola_duckdb.models.page import Page
from keboola_duckdb.progress import ProgressCallback

_PARQUET = "application/x-parquet"


class AsyncFiles(AsyncResource):
    """`kb.files`. Files belong to a project, not to a branch."""

    async def list(
        self,
        project: str,
        *,
        tag: str | None = None,
        name_contains: str | None = None,
        since: datetime.datetime | None = None,
        include_staged: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Page[File]:
        """Newest first. `tag` is `key:value`; `include_staged` shows uploads too that nobody has registered."""
        return await self._page(
            "GET",
            "/projects/{project_id}/files",
            into=File,
            member="files",
            path={"project_id": project},
            query={
                "tag": tag,
                "name_contains": name_contains,
                "since": since.isoformat() if since is not None else None,
                "include_staged": include_staged or None,
            },
            limit=limit,
            offset=offset,
        )

    def iterate(
        self,
        project: str,
        *,
        tag: str | None = None,
        name_contains: str | None = None,
        since: datetime.datetime | None = None,
        include_staged: bool = False,
        page_size: int = PAGE_ROWS,
    ) -> AsyncIterator[File]:
        """All files, newest first, fetched page by page while you go."""
        return pages_of(
            lambda limit, offset: self.list(
                project,
                tag=tag,
                name_contains=name_contains,
                since=since,
                include_staged=include_staged,
                limit=limit,
                offset=offset,
            ),
            page_size=page_size,
        )

    async def upload(
        self,
        project: str,
        source: Source,
        *,
        name: str | None = None,
        content_type: str | None = None,
        tags: Mapping[str, str] | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> File:
        """Send a path, bytes, a binary file or an iterator of bytes; the registered file.

        In constant memory. What breaks is taken up again where the server has got to, unless the source can be read
        only once: then NetworkError. A call that fails or is cancelled leaves nothing in the project.
        """
        sent = UploadSource.of(source, name=name)
        try:
            return await self._send(project, sent, content_type, tags, on_progress)
        finally:
            sent.close()

    async def _send(
        self,
        project: str,
        source: UploadSource,
        content_type: str | None,
        tags: Mapping[str, str] | None,
        on_progress: ProgressCallback | None,
    ) -> File:
        return await AsyncUpload(self._client).run(
            project,
            source,
            content_type=content_type or guessed_type(source.name),
            tags=tags,
            on_progress=on_progress,
        )

    async def get(self, project: str, file: str) -> File:
        return await self._call("GET", "/projects/{project_id}/files/{file_id}", into=File, path=_names(project, file))

    async def update(
        self,
        project: str,
        file: str,
        *,
        name: str | None = None,
        tags: Mapping[str, str] | None | Unchanged = UNCHANGED,
    ) -> File:
        """Change the name, or all tags: a mapping replaces them, None removes them, left out they stay."""
        changes: dict[str, Any] = {} if name is None else {"name": name}
        if not isinstance(tags, Unchanged):
            changes["tags"] = None if tags is None else dict(tags)
        return await self._call(
            "PATCH", "/projects/{project_id}/files/{file_id}", into=File, path=_names(project, file), body=changes
        )

    async def download(
        self, project: str, file: str, target: Target, *, on_progress: ProgressCallback | None = None
    ) -> int:
        """Write the content to a path, into a directory, or to a binary file; the number of bytes.

        In constant memory; a connection that breaks is taken up again. A path shows the file only when it is whole.
        """
        name = (await self.get(project, file)).name
        opened = DownloadTarget(target, name=name)
        return await save(AsyncDownload(self._client), project, file, target=opened, on_progress=on_progress)

    def stream(self, project: str, file: str, *, start: int = 0) -> AsyncGenerator[bytes]:
        """The content from byte `start` on, in blocks of at most 256 KiB; taken up again where it breaks."""
        return AsyncDownload(self._client).blocks(project, file, start=start)

    async def delete(self, project: str, file: str) -> None:
        """Raises ConflictError while an import reads it."""
        await self._call("DELETE", "/projects/{project_id}/files/{file_id}", path=_names(project, file))


def guessed_type(name: str) -> str | None:
    """The content type that a name suggests."""
    if name.lower().endswith(".parquet"):
        return _PARQUET
    if name.lower().endswith(".csv"):
        return "text/csv"
    kind, encoding = mimetypes.guess_type(name)
    return "application/gzip" if encoding == "gzip" else kind


def _names(project: str, file: str) -> dict[str, str]:
    return {"project_id": project, "file_id": file}

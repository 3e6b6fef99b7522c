# Written by generate_sync.py from _async/downloads.py: change that and run it again.

"""Fetch the bytes of one file; a connection that breaks is taken up again where it broke."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import httpx

from keboola_duckdb._sync.download_target import DownloadTarget
from keboola_duckdb._sync.platform import sleep
from keboola_duckdb._sync.resource import Resource
from keboola_duckdb.bodies import unexpected_answer
from keboola_duckdb.errors import NetworkError, StorageError
from keboola_duckdb.progress import Progress, ProgressCallback
from keboola_duckdb.retries import seconds_before_retry

BLOCK_BYTES = 1 << 18


class Download(Resource):
    """The content of one file, whole or from some byte on. What it yields is never out of place."""

    #: Of the whole file, known once bytes come.
    total: int | None = None
    _etag: str | None = None
    _is_open = False

    def blocks(self, project: str, file: str, *, start: int = 0) -> Generator[bytes]:
        """Raises StorageError when the content has changed between two connections."""
        at, failures = start, 0
        while self.total is None or at < self.total:
            begun_at, self._is_open = at, False
            try:
                with closing(self._once(project, file, at)) as blocks:
                    for block in blocks:
                        at += len(block)
                        yield block
                if self.total is not None and at < self.total:
                    raise NetworkError(f"The download of file {file} ended after {at} of {self.total} bytes")
            except NetworkError as error:
                failures = failures + 1 if at == begun_at else 1
                # A request that got no answer has been repeated already.
                if not self._is_open or failures > self._client.settings.max_retries:
                    raise
                sleep(seconds_before_retry(failures, error))

    def _once(self, project: str, file: str, start: int) -> Generator[bytes]:
        headers = {"Range": f"bytes={start}-", "Accept": "*/*", "Accept-Encoding": "identity"} if start else _PLAIN
        if start and self._etag is not None:
            headers = headers | {"If-Range": self._etag}
        with self._stream_down(
            "GET",
            "/projects/{project_id}/files/{file_id}/download",
            path={"project_id": project, "file_id": file},
            headers=headers,
        ) as response:
            self._is_open = True
            self._check(response, start)
            yield from response.iter_raw(BLOCK_BYTES)

    def _check(self, response: httpx.Response, start: int) -> None:
        """Learn size and ETag from the first answer; a later one must be of the same content."""
        if start and response.status_code != httpx.codes.PARTIAL_CONTENT:
            raise StorageError("The file changed on the server while it was downloaded. Download it again.")
        length = response.headers.get("Content-Length", "")
        if not length.isdigit():
            raise unexpected_answer(response, "a file without its length")
        self.total = start + int(length)
        self._etag = response.headers.get("ETag")


_PLAIN = {"Accept": "*/*", "Accept-Encoding": "identity"}


def save(
    download: Download, project: str, file: str, *, target: DownloadTarget, on_progress: ProgressCallback | None
) -> int:
    """Write all bytes to a target; on any failure a path keeps what it had. The number of bytes."""
    try:
        with closing(download.blocks(project, file)) as blocks:
            for block in blocks:
                target.write(block)
                if on_progress is not None:
                    on_progress(Progress("download", target.written, download.total))
        target.finish()
    except BaseException:
        target.discard()
        raise
    return target.written

# Written by generate_sync.py from _async/uploads.py: change that and run it again.

"""Put one file into a project: prepare, send, register; or leave nothing behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from keboola_duckdb._sync.platform import shielded, sleep
from keboola_duckdb._sync.resource import Resource, parsed
from keboola_duckdb._sync.transport import ContentSource
from keboola_duckdb._sync.upload_source import UploadSource
from keboola_duckdb.calls import IDEMPOTENCY_HEADER, given
from keboola_duckdb.errors import APIError, ConflictError, NotFoundError, StorageError
from keboola_duckdb.job_feed import Deadline
from keboola_duckdb.models.base import Model
from keboola_duckdb.models.files import File, UploadReceipt, UploadTicket
from keboola_duckdb.progress import Progress, ProgressCallback
from keboola_duckdb.retries import is_worth_repeating, seconds_before_retry

#: The server checks and syncs the bytes before it answers.
ANSWER_SECONDS = 600.0
#: How long a call that was given up cleans up behind it.
DISCARD_SECONDS = 10.0
_DISCARD_PAUSE = 0.5


class Upload(Resource):
    """One file on its way into a project. A connection that breaks is taken up again where the server has got to."""

    _project: str
    _source: UploadSource
    _on_progress: ProgressCallback | None
    _ticket: UploadTicket | None = None
    _body: dict[str, Any]
    _preparation: dict[str, str]
    _registration: dict[str, str]
    _is_registering = False

    def run(
        self,
        project: str,
        source: UploadSource,
        *,
        content_type: str | None,
        tags: Mapping[str, str] | None,
        on_progress: ProgressCallback | None,
    ) -> File:
        """The registered file. Whatever is raised meanwhile, a cancellation too, leaves nothing in the project."""
        self._project, self._source, self._on_progress = project, source, on_progress
        self._preparation = {IDEMPOTENCY_HEADER: str(uuid.uuid4())}
        self._registration = {IDEMPOTENCY_HEADER: str(uuid.uuid4())}
        # No size: a session that knows it could not be emptied when the upload is given up.
        self._body = given(filename=source.name, content_type=content_type, tags=dict(tags) if tags else None)
        try:
            self._ticket = self._prepare()
            if source.size:
                self._send_resumable(source.size)
            else:
                self._send_whole()
            return self._register()
        except BaseException as error:
            if self._ticket is not None or not isinstance(error, StorageError):
                with shielded(DISCARD_SECONDS):
                    self._discard()
            raise

    def _prepare(self, *, is_repeatable: bool = True) -> UploadTicket:
        return self._call(
            "POST",
            "/projects/{project_id}/files/prepare",
            into=UploadTicket,
            path={"project_id": self._project},
            headers=self._preparation,
            body=self._body,
            is_repeatable=is_repeatable,
        )

    def _register(self) -> File:
        self._is_registering = True
        return self._call(
            "POST",
            "/projects/{project_id}/files",
            into=File,
            path={"project_id": self._project},
            headers=self._registration,
            body={"upload_key": self._place["upload_key"]},
        )

    def _send_whole(self) -> None:
        """A source of unknown length, which can be read once, or an empty one."""
        is_empty = self._source.size == 0
        headers = {"Content-Length": "0"} if is_empty else {}
        self._put(lambda: self._blocks(0), headers=headers, is_repeatable=is_empty)

    def _send_resumable(self, size: int) -> None:
        start, failures = 0, 0
        while True:
            headers = {"Content-Range": f"bytes {start}-{size - 1}/{size}", "Content-Length": str(size - start)}
            try:
                self._put(partial(self._blocks, start), headers=headers)
                return
            except StorageError as error:
                failures += 1
                if failures > self._client.settings.max_retries or not _may_go_on(error):
                    raise
                sleep(seconds_before_retry(failures, error))
            received = self._received(size)
            if received is None:
                return
            # Who gets further each time may go on for as long as it takes.
            failures = failures if received <= start else 0
            start = received if received < size else 0

    def _received(self, size: int) -> int | None:
        """How many bytes have arrived; None when all have and the answer to them was lost."""
        response = self._stream_up(
            "PUT",
            "/projects/{project_id}/files/upload/{upload_key}",
            content=_nothing,
            is_repeatable=True,
            path=self._place,
            headers={"Content-Range": f"bytes */{size}", "Content-Length": "0"},
        )
        if response.status_code == httpx.codes.PERMANENT_REDIRECT:
            return parsed(response, _Received).received_bytes
        parsed(response, UploadReceipt)
        return None

    def _put(
        self,
        content: ContentSource,
        *,
        headers: Mapping[str, str],
        is_repeatable: bool = False,
        read_timeout: float = ANSWER_SECONDS,
    ) -> None:
        response = self._stream_up(
            "PUT",
            "/projects/{project_id}/files/upload/{upload_key}",
            content=content,
            is_repeatable=is_repeatable,
            path=self._place,
            headers={"Content-Type": "application/octet-stream", **headers},
            read_timeout=max(read_timeout, self._client.settings.read_timeout),
        )
        parsed(response, UploadReceipt)

    def _blocks(self, start: int) -> Iterator[bytes]:
        sent, total = start, self._source.size
        for block in self._source.blocks(start):
            yield block
            sent += len(block)
            if self._on_progress is not None:
                self._on_progress(Progress("upload", sent, total))

    @property
    def _place(self) -> dict[str, str]:
        assert self._ticket is not None  # noqa: S101 - for mypy
        return {"project_id": self._project, "upload_key": self._ticket.upload_key}

    def _discard(self) -> None:
        """End the session by making a file of it that is deleted: sessions themselves cannot be. Never fails.

        The same requests under the same keys tell which session it was, and which file if it has become one.
        """
        try:
            # Once: nobody wants to wait long for a server that is out of reach.
            self._ticket = self._prepare(is_repeatable=False)
            file = self._registered() or self._emptied()
            self._call(
                "DELETE",
                "/projects/{project_id}/files/{file_id}",
                path={"project_id": self._project, "file_id": file.id},
            )
        except StorageError:
            return  # the janitor of the server removes what has waited for a day

    def _registered(self) -> File | None:
        """What a registration that was under way has made: other requests must not get in its way."""
        if not self._is_registering:
            return None
        try:
            return self._register()
        except APIError:
            return None

    def _emptied(self) -> File:
        self._empty_session()
        self._registration = {IDEMPOTENCY_HEADER: str(uuid.uuid4())}
        return self._register()

    def _empty_session(self) -> None:
        """One byte in place of what has arrived: a session with none cannot be completed."""
        deadline = Deadline(DISCARD_SECONDS)
        headers = {"Content-Range": "bytes 0-0/1", "Content-Length": "1"}
        while True:
            try:
                self._put(_one_byte, headers=headers, is_repeatable=True, read_timeout=0)
                return
            except NotFoundError:  # it has been registered
                return
            except ConflictError:  # the server has yet to notice that the other request is over
                if deadline.is_over:
                    raise
            sleep(_DISCARD_PAUSE)


class _Received(Model):
    """The answer to the question how far an upload has come."""

    received_bytes: int


def _nothing() -> Iterator[bytes]:
    yield b""


def _one_byte() -> Iterator[bytes]:
    yield b"\n"


def _may_go_on(error: StorageError) -> bool:
    return is_worth_repeating(error) or (isinstance(error, ConflictError) and error.code == "upload_in_progress")

"""The upload path, served in front of Django, which would spool the body: bytes go from the socket to the disk."""

from __future__ import annotations

import json
import re
import time
from types import SimpleNamespace
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, OperationalError

from files.api.byte_ranges import uploaded_range
from files.api.schemas import UploadReceipt
from files.api.upload_form import MAX_OVERHEAD_BYTES, UploadForm
from files.api.upload_stream import joined, with_catalog
from files.errors import FileTooLarge, InvalidContentRange
from files.services.receive_upload import IncomingFile, Receipt, begin_upload, clean_checksum, finish_upload
from files.services.resume_upload import (
    ByteRange,
    ResumedFile,
    finish_resumed_upload,
    resume_upload,
    upload_progress,
)
from kbstore import context, metrics
from kbstore.access import Actor, Need
from kbstore.errors import Forbidden, KbstoreError
from kbstore.rest.asgi import Receive, Scope, Send, header, send_json
from kbstore.rest.authentication import authenticate_bearer
from kbstore.rest.body_stream import BlockWriter, ClientGone, RequestBody
from kbstore.rest.errors import as_kbstore_error, error_body, error_headers

log = structlog.get_logger(__name__)
# Without NUL, which no name holds and PostgreSQL refuses to compare text with.
_PATH = re.compile(r"/projects/([^/\0]+)/files/upload/([^/\0]+)")
_METHODS = ("POST", "PUT")
# The contract names the header like the form field; many proxies drop names with underscores.
_CHECKSUM_HEADERS = (b"x-checksum-sha256", b"checksum-sha256", b"checksum_sha256")


def matches(path: str) -> bool:
    """Whether the upload application answers this (decoded) path."""
    return _PATH.fullmatch(path) is not None


class UploadApplication:
    """An ASGI application for the paths that `matches`: POST takes a multipart form, PUT the bytes as they are.

    A PUT with `Content-Range: bytes first-last/total` is one part of a resumable upload. It is answered by 308 with
    `Range: bytes=0-n` until all bytes are there, then by 200. `Content-Range: bytes */total` without a body asks how
    far it has come. Bytes that arrived before a connection broke are kept until the session expires.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = RequestBody(scope["headers"], receive)
        started = time.monotonic()
        try:
            status, value, headers = await _answer(scope, body)
        except ClientGone:
            log.info("upload broken off by the client")
            metrics.FILES_UPLOADS.labels("error").inc()
            return
        except (KbstoreError, OperationalError, IntegrityError) as error:
            status, value, headers = _refusal(error)
        _count(status, value, time.monotonic() - started)
        if body.is_finished:
            await send_json(send, status, value, headers=headers)
        else:
            await _answer_and_close(send, body, status, value, headers)


def _count(status: int, value: Any, seconds: float) -> None:
    """Count a finished or refused upload; a part of a resumable one (308) is neither."""
    if status == 200:
        metrics.FILES_UPLOADS.labels("success").inc()
        metrics.FILES_UPLOAD_BYTES.inc(value["size_bytes"])
        metrics.FILES_UPLOAD_DURATION.observe(seconds)
    elif status != 308:
        metrics.FILES_UPLOADS.labels("error").inc()


async def _answer(scope: Scope, body: RequestBody) -> tuple[int, Any, dict[str, str]]:
    if scope["method"] not in _METHODS:
        return 405, {"detail": "Method Not Allowed"}, {"Allow": ", ".join(_METHODS)}
    project_id, upload_key = _PATH.fullmatch(scope["path"]).groups()  # type: ignore[union-attr]
    actor = await with_catalog(_authenticated, _header(scope, b"authorization"), project_id)
    context.actor_label.set(actor.label)
    upload = _Upload(actor, project_id, upload_key, scope, body)
    if scope["method"] == "POST":
        result: Receipt | int = await upload.from_form()
    elif header(scope, b"content-range") is None:
        result = await upload.from_bytes()
    else:
        result = await upload.from_part()
    if isinstance(result, Receipt):
        return 200, UploadReceipt.model_validate(result).model_dump(mode="json"), {}
    received = {"Range": f"bytes=0-{result - 1}"} if result else {}
    return 308, {"upload_key": upload_key, "received_bytes": result}, received


def _authenticated(authorization: str | None, project_id: str) -> Actor:
    actor = authenticate_bearer(SimpleNamespace(headers={"Authorization": authorization}))
    if actor is None:
        raise Forbidden(f"Access denied to project {project_id}")
    actor.require(Need.FILES, project_id=project_id)
    return actor


class _Upload:
    """One request to an upload session."""

    def __init__(self, actor: Actor, project_id: str, upload_key: str, scope: Scope, body: RequestBody) -> None:
        self._actor = {"actor": actor, "project_id": project_id}
        self._session = {**self._actor, "upload_key": upload_key}
        self._scope = scope
        self._body = body

    async def from_form(self) -> Receipt:
        form = UploadForm(_header(self._scope, b"content-type") or "")
        incoming: IncomingFile | None = None
        writer: BlockWriter | None = None
        try:
            async for chunk in self._body:
                for event in form.feed(chunk):
                    if writer is not None and isinstance(event, bytes):
                        await writer.add(event)
                    else:
                        incoming = await self._begin(self._least_file_bytes())
                        writer = BlockWriter(joined(incoming.write))
            form.close()
            return await self._finish(incoming, writer, form.checksum)
        finally:
            await _release(incoming, writer)

    async def from_bytes(self) -> Receipt:
        incoming = await self._begin(self._body.length)
        writer = BlockWriter(joined(incoming.write))
        try:
            async for chunk in self._body:
                await writer.add(chunk)
            return await self._finish(incoming, writer, None)
        finally:
            await _release(incoming, writer)

    async def from_part(self) -> Receipt | int:
        part = uploaded_range(_header(self._scope, b"content-range") or "")
        if part is None:
            return await with_catalog(upload_progress, **self._session)
        self._check_part_length(part)
        incoming = await with_catalog(resume_upload, part=part, **self._session)
        writer = BlockWriter(joined(incoming.write))
        try:
            await self._keep_what_arrives(writer)
            if not incoming.is_complete:
                await with_catalog(incoming.sync_part)
                return incoming.size_bytes
            checksum = self._expected_checksum(None)
            return await with_catalog(finish_resumed_upload, incoming=incoming, expected_sha256=checksum, **self._actor)
        finally:
            await _release(incoming, writer)

    async def _keep_what_arrives(self, writer: BlockWriter) -> None:
        try:
            async for chunk in self._body:
                await writer.add(chunk)
        finally:
            await writer.end()

    async def _begin(self, announced_bytes: int | None) -> IncomingFile:
        self._expected_checksum(None)  # a malformed one is refused before the bytes travel
        return await with_catalog(begin_upload, announced_bytes=announced_bytes, **self._session)

    async def _finish(
        self, incoming: IncomingFile | None, writer: BlockWriter | None, form_checksum: str | None
    ) -> Receipt:
        if writer is not None:
            await writer.end()
        checksum = self._expected_checksum(form_checksum)
        return await with_catalog(finish_upload, incoming=incoming, expected_sha256=checksum, **self._actor)

    def _expected_checksum(self, form_checksum: str | None) -> str | None:
        sent = (_header(self._scope, name) for name in _CHECKSUM_HEADERS)
        return clean_checksum(form_checksum or next(filter(None, sent), None))

    def _least_file_bytes(self) -> int | None:
        """What remains of a form at least when all that the form may hold beside the file is taken off."""
        length = self._body.length
        return None if length is None else max(0, length - 2 * MAX_OVERHEAD_BYTES)

    def _check_part_length(self, part: ByteRange) -> None:
        if part.end >= settings.MAX_FILE_BYTES:
            raise FileTooLarge(settings.MAX_FILE_BYTES)
        if self._body.length is not None and self._body.length != part.end - part.start + 1:
            raise InvalidContentRange("the range and the length of the body differ")


async def _release(incoming: IncomingFile | ResumedFile | None, writer: BlockWriter | None) -> None:
    """On every way out: no thread writes any more, no descriptor is open."""
    if writer is not None:
        await writer.settle()
    if incoming is not None:
        await with_catalog(incoming.abort)


def _header(scope: Scope, name: bytes) -> str | None:
    value = header(scope, name)
    return None if value is None else value.decode("latin-1")


def _refusal(error: KbstoreError | OperationalError | IntegrityError) -> tuple[int, Any, dict[str, str]]:
    known = as_kbstore_error(error)
    if known is None:
        raise error
    if known.http_status >= 500:
        log.error("upload failed", code=known.code, error=known.message, exc_info=error)
    headers = error_headers(known)
    received = (known.details or {}).get("received_bytes")
    if received:
        headers["Range"] = f"bytes=0-{received - 1}"
    return known.http_status, error_body(known), headers


async def _answer_and_close(send: Send, body: RequestBody, status: int, value: Any, headers: dict[str, str]) -> None:
    """Answer a client that is still sending."""
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    fields = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        "connection": "close",
        **headers,
    }
    pairs = [(name.lower().encode(), text.encode("latin-1")) for name, text in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    await body.drain()
    await send({"type": "http.response.body", "body": b""})

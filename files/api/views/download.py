"""The content of a file: whole, in ranges, or not again."""

from __future__ import annotations

import datetime
from typing import BinaryIO

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from files.api.byte_ranges import requested_range
from files.errors import RangeNotSatisfiable
from files.models import File
from files.services.open_file import open_content
from kbstore import metrics
from kbstore.access import Need
from kbstore.errors import KbstoreError
from kbstore.rest.errors import json_error_response
from kbstore.rest.file_body import FileBody, FileResponse
from kbstore.rest.openapi_errors import ErrorBody
from kbstore.rest.views import ApiView


class DownloadView(ApiView):
    """The bytes exactly as they were uploaded, in constant memory."""

    needs = {"GET": Need.FILES}

    @extend_schema(
        operation_id="download_file",
        tags=["files"],
        responses={
            (200, "*/*"): OpenApiTypes.BINARY,
            (206, "*/*"): OpenApiTypes.BINARY,
            304: None,
            416: ErrorBody,
        },
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="`bytes=first-last`")],
    )
    def get(self, request: Request, project_id: str, file_id: str) -> HttpResponseBase:
        try:
            file, stream = open_content(actor=self.actor, project_id=project_id, file_id=file_id)
        except KbstoreError:
            metrics.FILES_DOWNLOADS.labels("error").inc()
            raise
        try:
            response = answer(request, file, stream)
        except BaseException:
            stream.close()
            raise
        if not response.streaming:
            stream.close()
        return response

    head = get


def answer(request: Request, file: File, stream: BinaryIO) -> HttpResponseBase:
    """The response with the headers of the file; it owns the stream if it is a streaming one."""
    modified = int(file.created_at.timestamp())
    unchanged = get_conditional_response(request._request, etag(file), modified, None)
    if unchanged is not None:
        # Streaming, of nothing: a Content-Length of 0 would tell caches that the content has become empty.
        nothing = FileBody(stream, start=0, length=0)
        return with_validators(FileResponse(nothing, status=unchanged.status_code), file)
    try:
        part = wanted_range(request, file, modified)
    except RangeNotSatisfiable as error:
        refusal = json_error_response(error)
        refusal["Content-Range"] = f"bytes */{file.size_bytes}"
        return refusal
    first, last = part or (0, file.size_bytes - 1)
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=206 if part else 200)
    else:
        body = FileBody(stream, start=first, length=last - first + 1)
        response = FileResponse(body, status=206 if part else 200)
    if part:
        response["Content-Range"] = f"bytes {first}-{last}/{file.size_bytes}"
    response["Content-Length"] = str(last - first + 1)
    return with_validators(response, file)


def wanted_range(request: Request, file: File, modified: int) -> tuple[int, int] | None:
    header = request.headers.get("Range")
    if header is None or not if_range_holds(request.headers.get("If-Range"), file, modified):
        return None
    return requested_range(header, file.size_bytes)


def if_range_holds(condition: str | None, file: File, modified: int) -> bool:
    """Whether the client's copy is of this content: only then may it get a part."""
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition.strip() == etag(file)
    return parse_http_date_safe(condition) == modified


def etag(file: File) -> str:
    """Strong: equal ETags are equal bytes."""
    return f'"{file.checksum_sha256 or file.id}"'


def with_validators(response: HttpResponseBase, file: File) -> HttpResponseBase:
    response["ETag"] = etag(file)
    response["Last-Modified"] = http_date(file.created_at.astimezone(datetime.UTC).timestamp())
    response["Accept-Ranges"] = "bytes"
    # A shared cache must not answer somebody who has no key.
    response["Cache-Control"] = "private, no-cache"
    if response.status_code in (200, 206):
        response["Content-Type"] = content_type(file)
        response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    return response


def content_type(file: File) -> str:
    stored = file.content_type or "application/octet-stream"
    if stored.lower().startswith("text/") and "charset" not in stored.lower():
        return f"{stored}; charset=utf-8"
    return stored

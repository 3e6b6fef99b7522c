"""The beginning of a file on its page: rows of a table, text, or a picture."""

from __future__ import annotations

import base64
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from files.models import File, FileState
from files.services.open_file import open_content
from kbstore.console import formatting
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page
from kbstore.errors import KbstoreError
from storage.admin.preview_grid import Grid, Header, cell_of, is_numeric
from storage.engine.specs import DetectedFile
from storage.services.detect_file import detect_file

TEXT_BYTES = 16_384
PICTURE_BYTES = 2 << 20
#: By their first bytes; a picture within the page runs nothing.
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_TEXT_SUFFIXES = (".json", ".jsonl", ".txt", ".log", ".md", ".xml", ".html", ".htm", ".sql", ".py", ".yaml", ".yml")


@console_page("file-preview/<str:file_id>/", name="file_preview", permission="files.view_file")
def preview(request: HttpRequest, file_id: str) -> HttpResponseBase:
    """A fragment for the file's page."""
    files = visible(request.user, File.objects.filter(state=FileState.REGISTERED))  # type: ignore[arg-type]
    file = files.filter(pk=file_id).first()
    if file is None:
        raise Http404("No such file.")
    try:
        shown = _shown(request, file)
    except KbstoreError as error:
        shown = {"note": error.message}
    return render(request, "console/file_preview.html", shown)


def _shown(request: HttpRequest, file: File) -> dict[str, Any]:
    place = {"actor": actor_of(request, file.project_id), "project_id": file.project_id, "file_id": file.pk}
    _, stream = open_content(**place)  # type: ignore[arg-type]
    with stream:
        head = stream.read(TEXT_BYTES)
        kind = next((kind for magic, kind in _PICTURES if head.startswith(magic)), None)
        if kind is not None and file.size_bytes <= PICTURE_BYTES:
            content = head + stream.read(PICTURE_BYTES)
            return {"picture": f"data:{kind};base64,{base64.b64encode(content).decode()}"}
    if not head:
        return {"note": "The file is empty."}
    if file.name.lower().endswith(_TEXT_SUFFIXES):
        return _text(file, head)
    try:
        return _rows(detect_file(**place))  # type: ignore[arg-type]
    except KbstoreError:
        return _text(file, head)


def _text(file: File, head: bytes) -> dict[str, Any]:
    if b"\0" in head:
        return {"note": "The file is neither text nor a table nor a picture."}
    return {"text": head.decode(errors="replace"), "is_cut": file.size_bytes > len(head)}


def _rows(found: DetectedFile) -> dict[str, Any]:
    headers = [Header(column.name, column.type, is_numeric(column.type)) for column in found.columns]
    cells = [
        [cell_of(value, header.is_numeric) for value, header in zip(row, headers, strict=True)] for row in found.rows
    ]
    about = "" if found.is_counted else "about "
    total = "many rows" if found.row_count is None else about + formatting.amount(found.row_count, "row")
    return {"grid": Grid(headers, cells), "total": total, "columns": formatting.amount(len(headers), "column")}

"""Files that a browser sends in parts, so that one of any size arrives and a broken connection costs one part."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from files.errors import InvalidContentRange
from files.services.prepare_upload import prepare_upload
from files.services.receive_upload import Receipt
from files.services.register_file import register_file
from files.services.resume_upload import ByteRange, finish_resumed_upload, resume_upload, upload_progress
from kbstore.access import Actor
from kbstore.console import formatting
from kbstore.console.rights import actor_of, visible
from kbstore.console.site import console_page, framed
from kbstore.errors import InvalidRequest, KbstoreError

ADD_FILE = "files.add_file"
#: What one request carries at most; less where the installation takes smaller bodies.
PART_BYTES = 8 << 20
_READ_BYTES = 1 << 20

#: Where the id of the file goes in the address of its page.
FILE_PLACE = "FILE"

View = Callable[..., HttpResponseBase]


@console_page("upload/", name="upload", permission=ADD_FILE)
def upload(request: HttpRequest) -> TemplateResponse:
    """The page that takes files of any kind; `project` of the query says whose they will be."""
    projects = list(visible(request.user, apps.get_model("storage", "Project").objects.order_by("name", "id")))  # type: ignore[arg-type]
    wanted = request.GET.get("project") or (projects[0].pk if len(projects) == 1 else None)
    project = next((found for found in projects if found.pk == wanted), None)
    context: dict[str, Any] = {
        "projects": [(found.pk, f"{found.name} ({found.pk})") for found in projects],
        "project": project,
        "files_url": reverse("admin:files_file_changelist"),
    }
    if project is not None:
        context |= {
            "upload_url": reverse("admin:upload_prepare", args=[project.pk]),
            "next_url": reverse("admin:files_file_change", args=[FILE_PLACE]),
            "file_place": FILE_PLACE,
            "max_file": formatting.size(settings.MAX_FILE_BYTES),
        }
    return framed(request, "console/upload.html", title="Upload files", **context)


def _as_json(method: str) -> Callable[[View], View]:
    """One method, and refusals as JSON with the message that the page shows."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            try:
                return view(request, **arguments)
            except KbstoreError as error:
                body = {"error": error.code, "message": error.message, "details": error.details or {}}
                return JsonResponse(body, status=error.http_status)

        return answer

    return decorate


@console_page("upload/<str:project_id>/", name="upload_prepare", permission=ADD_FILE)
@_as_json("POST")
def prepare(request: HttpRequest, project_id: str) -> JsonResponse:
    """Where to send the parts of a file whose name, type and size the body gives."""
    try:
        wanted = json.loads(request.body)
        name, size, content_type = str(wanted["name"]), int(wanted["size"]), str(wanted.get("type") or "")
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest("The upload was not announced as it should be.") from error
    session = prepare_upload(
        actor=actor_of(request, project_id),
        project_id=project_id,
        filename=name,
        content_type=content_type or None,
        size_bytes=size,
    )
    key = str(session.upload_key)
    return JsonResponse(
        {
            "key": key,
            "url": reverse("admin:upload_part", args=[project_id, key]),
            "part_bytes": min(PART_BYTES, settings.MAX_BODY_BYTES),
        }
    )


@console_page("upload/<str:project_id>/<str:upload_key>/", name="upload_part", permission=ADD_FILE)
@_as_json("PUT")
def take_part(request: HttpRequest, project_id: str, upload_key: str) -> JsonResponse:
    """One part with its place in `X-Part-Start` and the size of the whole in `X-File-Size`.

    An empty body asks how far the file has come. The last part registers the file and is answered with its id.
    """
    actor = actor_of(request, project_id)
    size = _number(request, "X-File-Size")
    length = _number(request, "Content-Length")
    if length == 0 and size > 0:
        return _answer_progress(actor, project_id, upload_key)
    start = _number(request, "X-Part-Start")
    part = ByteRange(start, start + length - 1, size)
    incoming = resume_upload(actor=actor, project_id=project_id, upload_key=upload_key, part=part)
    try:
        while block := request.read(_READ_BYTES):
            incoming.write(block)
        if not incoming.is_complete:
            incoming.sync_part()
            return JsonResponse({"received": incoming.size_bytes})
        finish_resumed_upload(actor=actor, project_id=project_id, incoming=incoming)
    finally:
        incoming.abort()
    return _registered(actor, project_id, upload_key)


def _answer_progress(actor: Actor, project_id: str, upload_key: str) -> JsonResponse:
    found = upload_progress(actor=actor, project_id=project_id, upload_key=upload_key)
    # All bytes had come, and the answer that said so was lost.
    if isinstance(found, Receipt):
        return _registered(actor, project_id, upload_key)
    return JsonResponse({"received": found})


def _registered(actor: Actor, project_id: str, upload_key: str) -> JsonResponse:
    file = register_file(actor=actor, project_id=project_id, upload_key=upload_key)
    return JsonResponse({"received": file.size_bytes, "file": file.pk})


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header) or "0"
    if not text.isdecimal():
        raise InvalidContentRange(f"{header} is no number")
    return int(text)

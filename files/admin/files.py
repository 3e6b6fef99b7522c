"""Files in the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, BinaryIO

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from files.admin.file_links import keep_link, lifetimes, take_link
from files.admin.uploads import ADD_FILE
from files.models import File, FileState
from files.services.delete_file import delete_file
from files.services.open_file import open_content
from kbstore.console import formatting, markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError

_BLOCK_BYTES = 1 << 18
_NO_TABLES = ("image/", "audio/", "video/")


class FileContent:
    """The bytes of an open file, read in threads block by block; whoever serves it closes it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while block := await asyncio.to_thread(self._stream.read, _BLOCK_BYTES):
            yield block

    def close(self) -> None:
        self._stream.close()


def delete_warning(file: File) -> Sequence[str]:
    return (
        f"Removes {file.name} ({formatting.size(file.size_bytes)}).",
        "Tables loaded from it stay. This cannot be undone.",
    )


def delete(request: HttpRequest, file: File) -> str:
    delete_file(actor=actor_of(request, file.project_id), project_id=file.project_id, file_id=file.pk)
    return markup.list_url(File)


COMMANDS = (
    Command(
        name="delete",
        title="Delete file",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The file was deleted.",
        applies=lambda file: file.state == FileState.REGISTERED,
    ),
)


@admin.register(File)
class FileAdmin(ConsoleAdmin):
    page_template = "console/file.html"
    list_display = ("name", "project_link", "size", "type", "state_badge", "created", "expires", "download")
    list_filter = (("state", ChoicesDropdownFilter), ("project", AutocompleteSelectFilter))
    list_select_related = ("project",)
    search_fields = ("name", "id", "project__id")

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download_view)
        presign = self.admin_site.admin_view(self.presign_view)
        return [
            path("<str:file_id>/download/", download, name="files_file_download"),
            path("<str:file_id>/presign/", presign, name="files_file_presign"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ADD_FILE) and self.has_view_permission(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return HttpResponseRedirect(reverse("admin:upload", query=request.GET or None))

    def get_queryset(self, request: HttpRequest) -> QuerySet[File]:
        return super().get_queryset(request).select_related("project")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    def download_view(self, request: HttpRequest, file_id: str) -> HttpResponseBase:
        """Always as an attachment: a page that somebody uploaded must not run in the console's origin."""
        file = self.get_queryset(request).filter(pk=file_id).first()
        if not self.has_view_permission(request, file):
            raise PermissionDenied
        if file is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, file_id)
        try:
            _, stream = open_content(
                actor=actor_of(request, file.project_id), project_id=file.project_id, file_id=file_id
            )
        except KbstoreError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(markup.list_url(File))
        response = StreamingHttpResponse(FileContent(stream), content_type="application/octet-stream")
        response["Content-Length"] = str(file.size_bytes)
        response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
        return response

    def presign_view(self, request: HttpRequest, file_id: str) -> HttpResponseBase:
        """Make a link for somebody without an account; the file's page then shows it once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        file = self.get_queryset(request).filter(pk=file_id).first()
        if file is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, file_id)
        if not self.has_change_permission(request, file):
            raise PermissionDenied
        try:
            keep_link(request, file)
        except KbstoreError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(markup.page_url(file))

    @admin.display(description="Project", ordering="project")
    def project_link(self, file: File) -> str:
        return markup.page_link(file.project)

    @admin.display(description="Size", ordering="size_bytes")
    def size(self, file: File) -> str:
        return markup.size(file.size_bytes)

    @admin.display(description="Type", ordering="content_type")
    def type(self, file: File) -> str:
        return markup.cut(file.content_type, 28) if file.content_type else markup.EMPTY

    @admin.display(description="State", ordering="state")
    def state_badge(self, file: File) -> str:
        return markup.badge(file.state, file.state)

    @admin.display(description="Created", ordering="created_at")
    def created(self, file: File) -> str:
        return markup.time(file.created_at)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, file: File) -> str:
        return markup.time(file.expires_at)

    @admin.display(description="")
    def download(self, file: File) -> str:
        return markup.link(download_url(file), "Download") if file.state == FileState.REGISTERED else ""

    def page(self, request: HttpRequest, instance: File) -> dict[str, Any]:
        is_there = instance.state == FileState.REGISTERED
        return {
            "link": take_link(request, instance),
            "lifetimes": lifetimes() if is_there and self.has_change_permission(request, instance) else [],
            "presign_url": reverse("admin:files_file_presign", args=[instance.pk]),
            "preview_url": reverse("admin:file_preview", args=[instance.pk]) if is_there else None,
            "load_url": load_url(request, instance) if is_there else None,
            "facts": [
                ("ID", markup.code(instance.pk)),
                ("Project", markup.page_link(instance.project)),
                ("State", markup.badge(instance.state, instance.state)),
                ("Size", markup.size(instance.size_bytes)),
                ("Type", instance.content_type or markup.EMPTY),
                ("SHA-256", markup.code(instance.checksum_sha256) if instance.checksum_sha256 else markup.EMPTY),
                ("Created", markup.time(instance.created_at)),
                ("Expires", markup.time(instance.expires_at) if instance.expires_at else "never"),
            ],
            "tags": formatting.facts_of(instance.tags) if instance.tags else [],
            "download_url": download_url(instance) if is_there else None,
        }


def download_url(file: File) -> str:
    return reverse("admin:files_file_download", args=[file.pk])


def load_url(request: HttpRequest, file: File) -> str | None:
    """The wizard that loads it into a table; None where it surely holds none."""
    if not request.user.has_perm("storage.change_table") or (file.content_type or "").startswith(_NO_TABLES):
        return None
    return reverse("admin:load_file", args=[file.project_id, file.pk])

"""Files in the console: upload, look, share, download and delete."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from files.models import File
from files.services.objects.own_url import OwnUrl
from kbstore.console import markup
from storage.models import Event, Project
from tests.api.console.things import make_file, make_project

DATA = b"<script>alert(1)</script>"


@pytest.fixture
def page(project: Project, tmp_path: Path) -> File:
    return make_file(project, tmp_path, name="page.html", data=DATA)


def test_a_download_is_an_attachment_whatever_it_holds(viewer: Client, page: File) -> None:
    reply = viewer.get(reverse("admin:files_file_download", args=[page.pk]))
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="page.html"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(asyncio.run(_blocks(reply.streaming_content))) == DATA


async def _blocks(content: AsyncIterator[bytes]) -> list[bytes]:
    return [block async for block in content]


def test_a_download_needs_the_right_to_view(newcomer: Client, page: File) -> None:
    assert newcomer.get(reverse("admin:files_file_download", args=[page.pk])).status_code == 403


def test_a_file_is_deleted_by_the_service(operator: Client, page: File) -> None:
    assert operator.post(reverse("admin:files_file_delete", args=[page.pk])).status_code == 302
    assert not File.objects.filter(pk=page.pk).exists()


def test_a_missing_content_is_told(operator: Client, page: File) -> None:
    default_storage.delete(page.path)
    reply = operator.get(reverse("admin:files_file_download", args=[page.pk]), follow=True)
    assert "content" in reply.content.decode().lower()
    assert reply.redirect_chain


def test_a_file_shows_what_is_in_it(viewer: Client, project: Project, tmp_path: Path) -> None:
    rows = make_file(project, tmp_path, data=b"id;note\n1;<b>bold</b>\n")
    shown = preview(viewer, rows)
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    assert "The first 1 of 1 row, 2 columns" in shown
    text = preview(viewer, make_file(project, tmp_path, name="page.html", data=DATA))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    picture = preview(viewer, make_file(project, tmp_path, data=b"\x89PNG\r\n\x1a\n..."))
    assert 'src="data:image/png;base64,' in picture
    assert "neither text" in preview(viewer, make_file(project, tmp_path, data=b"\x7fELF\0\0"))
    assert "empty" in preview(viewer, make_file(project, tmp_path, data=b""))


def preview(client: Client, file: File) -> str:
    return client.get(reverse("admin:file_preview", args=[file.pk])).content.decode()


def test_a_preview_is_for_who_sees_the_project(member: Client, newcomer: Client, tmp_path: Path) -> None:
    url = reverse("admin:file_preview", args=[make_file(make_project("Foreign"), tmp_path).pk])
    assert member.get(url).status_code == 404
    assert newcomer.get(url).status_code == 403


def test_a_link_is_shown_once_and_opens_the_file(member: Client, page: File) -> None:
    url = reverse("admin:files_file_presign", args=[page.pk])
    assert member.post(url, {"seconds": "3600"}, headers={"Origin": "http://testserver"}).status_code == 302
    shown = member.get(markup.page_url(page)).content.decode()
    link = html.unescape(re.search(r'<code id="new-link">([^<]+)<', shown)[1])  # type: ignore[index]
    assert link.startswith(f"http://testserver/s3/project_{page.project_id}/")
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query))
    signed = OwnUrl("GET", *parts.path.removeprefix("/s3/").split("/", 1), query["expires"])
    assert query["signature"] == signed.signature()
    assert 3500 < int(query["expires"]) - time.time() <= 3600
    assert "new-link" not in member.get(markup.page_url(page)).content.decode()
    assert Event.objects.filter(operation="presign_file", resource_id=page.pk).exists()


@pytest.mark.parametrize("seconds", ["", "0", "-1", "x", "99999999", "9" * 30])
def test_a_link_lives_as_long_as_allowed(seconds: str, member: Client, page: File) -> None:
    reply = member.post(reverse("admin:files_file_presign", args=[page.pk]), {"seconds": seconds}, follow=True)
    assert "new-link" not in reply.content.decode()


def test_viewers_make_no_links_and_upload_nothing(viewer: Client, member: Client, page: File, tmp_path: Path) -> None:
    url = reverse("admin:files_file_presign", args=[page.pk])
    assert url not in viewer.get(markup.page_url(page)).content.decode()
    assert viewer.post(url, {"seconds": "60"}).status_code == 403
    assert viewer.get(reverse("admin:upload")).status_code == 403
    foreign = make_file(make_project("Foreign"), tmp_path)
    reply = member.post(reverse("admin:files_file_presign", args=[foreign.pk]), {"seconds": "60"})
    assert reply.headers["Location"] == "/admin/"
    assert not Event.objects.filter(operation="presign_file").exists()


def test_the_button_of_the_list_leads_to_uploads(member: Client, project: Project) -> None:
    reply = member.get(reverse("admin:files_file_add"), {"project": project.pk})
    assert reply.headers["Location"] == reverse("admin:upload", query={"project": project.pk})
    assert reverse("admin:upload_prepare", args=[project.pk]) in member.get(reply.headers["Location"]).content.decode()

"""Files in the console: download and delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from files.models import File
from storage.models import Project
from tests.api.console.things import make_file

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

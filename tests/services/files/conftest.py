"""A project with files, on storages and limits of the test's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from files.models import File
from files.services.prepare_upload import prepare_upload
from files.services.receive_upload import begin_upload, finish_upload
from files.services.store_file import register_local_file
from kbstore.access import SYSTEM
from storage.models import Project


@pytest.fixture
def directories(settings: Any, tmp_path: Path) -> Path:
    """Files and uploads of this test alone."""
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }
    return tmp_path


@pytest.fixture
def project(directories: Path, transactional_db: None) -> Project:
    return Project.objects.create(id="p1")


@pytest.fixture
def store(project: Project, tmp_path: Path) -> Callable[..., File]:
    """Register content of a local file."""

    def call(content: bytes = b"content", **fields: Any) -> File:
        source = tmp_path / "source"
        source.write_bytes(content)
        given = {"name": "x.csv", "content_type": None, "tags": None} | fields
        checksum = hashlib.sha256(content).hexdigest()
        file = register_local_file(
            project_id=project.id, source=source, size_bytes=len(content), checksum_sha256=checksum, **given
        )
        source.unlink()
        return file

    return call


@pytest.fixture
def upload(project: Project) -> Callable[..., File]:
    """A session with content."""

    def call(content: bytes = b"content", **fields: Any) -> File:
        session = prepare_upload(actor=SYSTEM, project_id=project.id, filename="x.csv", **fields)
        key = str(session.upload_key)
        incoming = begin_upload(actor=SYSTEM, project_id=project.id, upload_key=key)
        incoming.write(content)
        finish_upload(actor=SYSTEM, project_id=project.id, incoming=incoming)
        session.refresh_from_db()
        return session

    return call

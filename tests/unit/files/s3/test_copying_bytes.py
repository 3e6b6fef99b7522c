"""Bytes of an open file become a content: copied by the kernel where it can, hashed in any case."""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from files.object_errors import EntityTooLarge
from files.services.objects.content_store import open_object
from files.services.objects.incoming import IncomingContent

CONTENT = os.urandom((2 << 20) + 17)


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> None:
    local = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }
    settings.STORAGES = settings.STORAGES | {"default": local}


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize(("offset", "length"), [(0, len(CONTENT)), (1, 1), (1000, 1 << 20), (len(CONTENT) - 3, 3)])
def test_a_range_is_appended_and_hashed(tmp_path: Path, is_file: bool, offset: int, length: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    incoming = IncomingContent(limit_bytes=1 << 30, algorithm="CRC32")
    incoming.write([b"before"])
    with source.open("rb", buffering=0) if is_file else io.BytesIO(CONTENT) as stream:
        incoming.copy(stream, offset=offset, length=length)
    incoming.write([b"after"])
    arrived = incoming.finish()
    expected = b"before" + CONTENT[offset : offset + length] + b"after"
    with open_object(arrived.path) as stream:
        assert stream.read() == expected
    assert arrived.size_bytes == len(expected)
    assert arrived.md5 == hashlib.md5(expected, usedforsecurity=False).digest()
    assert arrived.checksum == zlib.crc32(expected).to_bytes(4, "big")


def test_a_file_that_is_too_short_or_too_long_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"short")
    for limit_bytes, length, error in ((100, 6, OSError), (4, 5, EntityTooLarge)):
        incoming = IncomingContent(limit_bytes=limit_bytes)
        with source.open("rb", buffering=0) as stream, pytest.raises(error):
            incoming.copy(stream, offset=0, length=length)
        incoming.abort()

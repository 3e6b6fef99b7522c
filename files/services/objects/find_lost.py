"""Find objects whose bytes are gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.core.files.storage import default_storage

from files.models import Content, StoredObject
from files.services.objects.content_store import local_file, pieces_of

_CHUNK = 1000


@dataclass(frozen=True)
class LostObject:
    bucket_name: str
    key: str


def find_lost_objects() -> Iterator[LostObject]:
    """Objects with a piece that the storage has not, or not in its size; safe while others work."""
    # By their paths, so that a directory is read once; those of several pieces have none and come first.
    contents = Content.objects.order_by("path", "pk").iterator(chunk_size=_CHUNK)
    for directory, group in groupby(contents, key=lambda content: os.path.dirname(content.path)):
        sizes = _sizes_in(directory)
        for content in group:
            if not _is_whole(content, sizes):
                yield from _names_of(content)


def _sizes_in(directory: str) -> dict[str, int]:
    """Empty where files have to be asked for one by one."""
    place = local_file(directory) if directory else None
    if place is None or not place.is_dir():
        return {}
    with os.scandir(place) as entries:
        return {f"{directory}/{entry.name}": _size_of(entry) for entry in entries if entry.is_file()}


def _size_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return -1


def _is_whole(content: Content, sizes: dict[str, int]) -> bool:
    return all(size == (sizes[path] if path in sizes else _size(path)) for path, size in pieces_of(content))


def _size(path: str) -> int:
    """-1 for one that is not there."""
    try:
        return default_storage.size(path)
    except FileNotFoundError:
        return -1


def _names_of(content: Content) -> list[LostObject]:
    """None if the content was removed meanwhile."""
    named = StoredObject.objects.filter(content_id=content.pk).values_list("bucket__name", "key")
    return [LostObject(*names) for names in named]

"""Bring the objects of an import to this host: one, those of a manifest, or those below a prefix."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files.errors import InvalidManifest, InvalidObjectUrl, ObjectNotFound, TooManyObjects
from files.services import staging
from files.services.objects.object_place import ObjectPlace
from files.services.objects.object_url import ObjectUrl, entry_url

FILE, MANIFEST, PREFIX = "file", "manifest", "prefix"
KINDS = (FILE, MANIFEST, PREFIX)
#: The objects directly below a key that ends with `/`, or with nothing; at least one.
DIRECTORY = "directory"
#: What an export in slices calls its list of them, behind what all their keys begin with.
MANIFEST_SUFFIX = "manifest"
MAX_OBJECTS = 100_000
MAX_MANIFEST_BYTES = 64 << 20


@dataclass(frozen=True)
class Gathered:
    """Local files in order, all in `directory`, and the objects that they are.

    `warnings` name entries of a manifest that were missing.
    """

    directory: Path
    paths: tuple[Path, ...]
    urls: tuple[ObjectUrl, ...]
    warnings: tuple[str, ...] = ()


def gather_objects(
    place: ObjectPlace, url: ObjectUrl, kind: str, *, directory: Path, check: Callable[[], None]
) -> Gathered:
    """All objects that `url` stands for, in an empty directory; `check` is called often and may raise to stop it.

    Raises ObjectNotFound, ObjectBucketNotAllowed, InvalidManifest, TooManyObjects.
    """
    paths: list[Path] = []
    urls: list[ObjectUrl] = []
    warnings: list[str] = []
    for wanted, is_mandatory in _wanted(place, url, kind, directory, check):
        if len(paths) == MAX_OBJECTS:
            raise TooManyObjects(MAX_OBJECTS)
        target = directory / f"{len(paths):06}"
        check()
        try:
            place.fetch(wanted, target, check)
        except ObjectNotFound:
            if is_mandatory:
                raise
            warnings.append(f"{wanted} is missing and was left out.")
        else:
            paths.append(target)
            urls.append(wanted)
    if kind == DIRECTORY and not paths:
        raise ObjectNotFound(str(url))
    return Gathered(directory, tuple(paths), tuple(urls), tuple(warnings))


def _wanted(
    place: ObjectPlace, url: ObjectUrl, kind: str, directory: Path, check: Callable[[], None]
) -> Iterator[tuple[ObjectUrl, bool]]:
    if kind == MANIFEST:
        yield from _entries(place, url, directory, check)
    elif kind in (PREFIX, DIRECTORY):
        for found in place.list_below(url):
            check()
            is_deeper = kind == DIRECTORY and "/" in found.key.removeprefix(url.key)
            if found.key != url.key + MANIFEST_SUFFIX and not found.key.endswith("/") and not is_deeper:
                yield found, True
    else:
        yield url, True


def _entries(
    place: ObjectPlace, url: ObjectUrl, directory: Path, check: Callable[[], None]
) -> list[tuple[ObjectUrl, bool]]:
    path = directory / MANIFEST_SUFFIX
    try:
        place.fetch(url, path, check)
        with staging.disk_errors():
            if path.stat().st_size > MAX_MANIFEST_BYTES:
                raise InvalidManifest(str(url), f"it has more than {MAX_MANIFEST_BYTES} bytes")
            content = path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
    return list(_parsed(content, url))


def _parsed(content: bytes, url: ObjectUrl) -> Iterator[tuple[ObjectUrl, bool]]:
    try:
        manifest: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(str(url), "it is not JSON") from error
    entries = manifest.get("entries") if isinstance(manifest, dict) else None
    if not isinstance(entries, list):
        raise InvalidManifest(str(url), 'it has to be an object with a list "entries"')
    if len(entries) > MAX_OBJECTS:
        raise TooManyObjects(MAX_OBJECTS)
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            raise InvalidManifest(str(url), f'entry {number} has no "url"')
        try:
            yield entry_url(entry["url"], url), bool(entry.get("mandatory", True))
        except InvalidObjectUrl as error:
            raise InvalidManifest(str(url), f"entry {number}: {error.message}") from error

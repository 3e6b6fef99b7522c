"""Take a backup while the server runs.

The catalog is copied first, as of one moment; everything that it names has a second name by then or gets one right
after, so that nothing can go before it is copied. What was removed in between, which the copy still names, makes the
copy be taken again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.utils import timezone

from files.services.content import content_exists, local_path, open_object
from storage.backup.catalog_copy import NAMES, Named, NamedFile, NamedVersion, catalog_kind, copied_catalog, named_now
from storage.backup.errors import BackupFailed
from storage.backup.hold import Hold, hold
from storage.backup.last_backup import note_last_backup
from storage.backup.manifest import FILES, MANIFEST, MANIFEST_SUM, SECRET_KEY, VERSIONS, Entry, Manifest, sum_line
from storage.backup.parts import Part, supply_parts
from storage.backup.sink import Sink, add_bytes, new_sink
from storage.engine.errors import VersionGone
from storage.engine.specs import VersionRef
from storage.jobs.identity import this_worker
from storage.runtime import engine

log = structlog.get_logger(__name__)

ATTEMPTS = 5

#: Gets the bytes written so far, the bytes in all, and the name of what was written.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Item:
    """Something to copy; `checksum` is what the catalog says it has to be, None where that is not known."""

    name: str
    size_bytes: int
    hash: str
    open: Callable[[], AbstractContextManager[BinaryIO]]
    checksum: str | None = None


def take_backup(target: Path, *, as_tar: bool, skip_missing: bool = False, progress: Progress) -> Manifest:
    """Write a complete and checked backup to `target`, which must not exist; what is in it. Raises BackupFailed.

    With `skip_missing`, versions and files that the disk has lost are listed instead of refused.
    """
    this_worker()  # so that a doctor who runs meanwhile leaves the hold alone
    target = target.absolute()
    with hold() as held, new_sink(target, as_tar=as_tar) as sink:
        catalog = held.new_file(NAMES[catalog_kind()])
        named, missing = _hold_what_is_named(held, catalog)
        if missing and not skip_missing:
            shown = ", ".join(missing[:5])
            raise BackupFailed(f"{len(missing)} files that the catalog names are gone: {shown}. Run doctor.")
        part = supply_parts(held)
        items = [_local_item(catalog.name, catalog), *_items(named, held), *_part_items(part)]
        entries = _write(sink, items, progress)
        manifest = Manifest(
            settings.VERSION, timezone.now().isoformat(), catalog_kind(), tuple(entries), (*missing, *part.missing)
        )
        content = manifest.to_bytes()
        add_bytes(sink, MANIFEST, content)
        add_bytes(sink, MANIFEST_SUM, sum_line(content))
    _note(target, manifest)
    return manifest


def _hold_what_is_named(held: Hold, catalog: Path) -> tuple[Named, list[str]]:
    """What the copy of the catalog at `catalog` names, all of it held, and what is missing for good."""
    _hold_all(held, named_now())
    for _attempt in range(ATTEMPTS):
        catalog.unlink(missing_ok=True)
        with copied_catalog(catalog) as named:
            missing = _hold_all(held, named)
        still_named = _names(named_now())
        if all(name in still_named for name in missing):
            return named, missing
        log.info("files were removed while the catalog was copied: once more", count=len(missing))
    raise BackupFailed("Tables or files were removed faster than they could be held. Try again.")


def _hold_all(held: Hold, named: Named) -> list[str]:
    """Give a second name to everything; returns what is not there."""
    gone = [_version_name(it) for it in named.versions if _is_durable(it) and not _keep_version(held, it)]
    for file in named.files:
        path = local_path(file.path)
        if not (held.keep(_file_name(file), path) if path else content_exists(file.path)):
            gone.append(_file_name(file))
    return gone


def _names(named: Named) -> set[str]:
    return {_version_name(version) for version in named.versions} | {_file_name(file) for file in named.files}


def _version_name(version: NamedVersion) -> str:
    return f"{VERSIONS}/project_{version.project_id}/{version.version_id}.duckdb"


def _file_name(file: NamedFile) -> str:
    return f"{FILES}/{file.path}"


def _is_durable(version: NamedVersion) -> bool:
    """Whether its table backend promises to keep it: what a restart loses no backup can promise, either."""
    return engine().capabilities(version.project_id).durable


def _keep_version(held: Hold, version: NamedVersion) -> bool:
    try:
        with engine().local_file(VersionRef(version.project_id, version.version_id)) as path:
            return held.keep(_version_name(version), path)
    except VersionGone:
        return False


def _items(named: Named, held: Hold) -> list[Item]:
    items = [_local_item(SECRET_KEY, secret) for secret in [settings.DATA_DIR / SECRET_KEY] if secret.exists()]
    for version in named.versions:
        name = _version_name(version)
        if name in held:
            opened = _opener(held.path(name))
            items.append(Item(name, version.size_bytes, "blake3", opened, version.checksum))
    for file in named.files:
        name = _file_name(file)
        if name in held:
            items.append(Item(name, file.size_bytes, "sha256", _opener(held.path(name)), file.checksum))
        elif local_path(file.path) is None and content_exists(file.path):
            items.append(Item(name, file.size_bytes, "sha256", _remote_opener(file.path), file.checksum))
    return items


def _part_items(part: Part) -> list[Item]:
    return [_local_item(name, path) for name, path in part.files.items()]


def _local_item(name: str, path: Path) -> Item:
    return Item(name, path.stat().st_size, "sha256", _opener(path))


def _opener(path: Path) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: path.open("rb")


def _remote_opener(path: str) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: closing(open_object(path))


def _write(sink: Sink, items: list[Item], progress: Progress) -> list[Entry]:
    total, done = sum(item.size_bytes for item in items), 0
    entries = []
    for item in items:
        with item.open() as stream:
            entry = sink.add(item.name, stream, item.size_bytes, item.hash)
        if item.checksum not in (None, entry.checksum):
            raise BackupFailed(f"{item.name} is damaged: run doctor --checksums.")
        entries.append(entry)
        done += item.size_bytes
        progress(done, total, item.name)
    return entries


def _note(target: Path, manifest: Manifest) -> None:
    counts = {"versions": manifest.count(VERSIONS), "files": manifest.count(FILES)}
    note_last_backup({"finished_at": time.time(), "target": str(target), "size_bytes": manifest.size_bytes} | counts)

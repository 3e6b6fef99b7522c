"""Check a backup, and put it into an empty place: all of it or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import File as StorageFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DEFAULT_DB_ALIAS, connections

from storage.backup.catalog_copy import NAMES, SQLITE, put_catalog, require_empty_catalog
from storage.backup.errors import DamagedBackup, RestoreRefused
from storage.backup.manifest import FILES, SECRET_KEY, VERSIONS, WORKSPACES, Entry, Manifest
from storage.backup.source import Source, open_backup, read_checked
from storage.backup.take import Progress
from storage.engine.durable import sync_directory

_STAGED = "_restore.partial"
#: What may lie in an empty data directory: the command itself has made it.
_OWN_TRACES = {SECRET_KEY, "_locks", "_staging", "_uploads", "_temp", "duckdb", "versions", "files", "snapshots"}


@dataclass(frozen=True)
class Places:
    """Where the parts of an installation go."""

    data_dir: Path
    versions_dir: Path
    files_dir: Path
    duckdb_dir: Path
    sqlite_path: Path

    @property
    def roots(self) -> tuple[Path, ...]:
        return (self.data_dir, self.versions_dir, self.files_dir, self.duckdb_dir)

    @property
    def rooms(self) -> dict[str, Path]:
        """Where the directories of a backup go."""
        return {VERSIONS: self.versions_dir, FILES: self.files_dir, WORKSPACES: self.duckdb_dir}


def verify_backup(path: Path, *, progress: Progress) -> Manifest:
    """Read every byte of a backup; its list. Raises DamagedBackup, which names the first file that is not intact."""
    with open_backup(path) as (source, manifest):
        done = 0
        for entry in _with_catalog(manifest).entries:
            for _ in read_checked(source, entry):
                pass
            done += entry.size_bytes
            progress(done, manifest.size_bytes, entry.name)
        return manifest


def restore_backup(path: Path, *, into: Path | None, progress: Progress) -> Manifest:
    """Put a backup into `into`, or where the settings say; what was in it.

    Every byte is checked on its way, before any of it gets its name. Raises DamagedBackup, and RestoreRefused where
    anything lies already: nothing has changed then.
    """
    places = places_of(into)
    with open_backup(path) as (source, manifest):
        _require_empty(places, _with_catalog(manifest))
        with _staged(places):
            _unpack(source, manifest, places, progress)
            _put_in_place(manifest, places)
        return manifest


def places_of(into: Path | None) -> Places:
    """The places of the settings, or those of an installation whose `DATA_DIR` is `into` and nothing else is set."""
    if into is not None:
        data_dir = into.absolute()
        return Places(data_dir, data_dir / VERSIONS, data_dir / FILES, data_dir / "duckdb", data_dir / NAMES[SQLITE])
    database = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    return Places(settings.DATA_DIR, settings.VERSIONS_DIR, settings.FILES_DIR, settings.DUCKDB_DIR, Path(database))


def _with_catalog(manifest: Manifest) -> Manifest:
    if manifest.find(NAMES.get(manifest.catalog, "")) is None:
        raise DamagedBackup("the backup holds no catalog")
    return manifest


def _require_empty(places: Places, manifest: Manifest) -> None:
    found = [path for path in _listed(places.data_dir) if path.name not in _OWN_TRACES]
    rooms = (*places.rooms.values(), places.data_dir / "duckdb")
    found += [path for room in rooms for path in _listed(room)]
    if found:
        raise RestoreRefused(f"{found[0]} exists. A restore goes into an empty data directory only.")
    require_empty_catalog(manifest.catalog, places.sqlite_path)


def _listed(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.exists() else []


@contextmanager
def _staged(places: Places) -> Iterator[None]:
    """Directories in which everything waits until all of it has been checked: on the disks that it will stay on."""
    staged = [root / _STAGED for root in places.roots]
    made = [root for root in reversed(places.roots) if not root.exists()]
    try:
        for directory in staged:
            directory.mkdir(mode=0o700, parents=True)
        yield
    finally:
        for directory in staged:
            shutil.rmtree(directory, ignore_errors=True)
        for root in made:
            with suppress(OSError):  # it holds what was restored
                root.rmdir()


def _unpack(source: Source, manifest: Manifest, places: Places, progress: Progress) -> None:
    done = 0
    for entry in manifest.entries:
        target = _staged_path(entry.name, places)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, read_checked(source, entry))
        if entry.name.startswith(f"{VERSIONS}/"):
            target.chmod(0o444)
        done += entry.size_bytes
        progress(done, manifest.size_bytes, entry.name)


def _staged_path(name: str, places: Places) -> Path:
    room, _, rest = name.partition("/")
    if rest and room in places.rooms:
        return places.rooms[room] / _STAGED / rest
    if rest or name not in (SECRET_KEY, *NAMES.values()):
        raise DamagedBackup(f"{name}: a file that no backup has")
    return places.data_dir / _STAGED / name


def _write(target: Path, blocks: Iterator[bytes]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for block in blocks:
            file.write(block)
        os.fsync(file.fileno())


def _put_in_place(manifest: Manifest, places: Places) -> None:
    """The catalog last: an installation without a catalog is an empty one, whatever else lies there."""
    _store_files(manifest, places)
    for root in places.rooms.values():
        for path in _listed(root / _STAGED):
            path.rename(root / path.name)
        sync_directory(root)
    staged = places.data_dir / _STAGED
    if manifest.find(SECRET_KEY) is not None:
        (staged / SECRET_KEY).rename(places.data_dir / SECRET_KEY)
    put_catalog(manifest.catalog, staged / NAMES[manifest.catalog], places.sqlite_path)
    sync_directory(places.data_dir)


def _store_files(manifest: Manifest, places: Places) -> None:
    """File objects go through the storage of the settings where that is not a directory of this host."""
    if isinstance(default_storage, FileSystemStorage):
        return
    for entry in manifest.entries:
        if entry.name.startswith(f"{FILES}/"):
            staged = _staged_path(entry.name, places)
            _store(entry, staged)
            staged.unlink()


def _store(entry: Entry, staged: Path) -> None:
    name = entry.name.removeprefix(f"{FILES}/")
    with staged.open("rb") as content:
        default_storage.save(name, StorageFile(content))

"""Comparing the version files with the catalog, and sweeping up what dead processes left behind."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from storage.engine.config import EngineConfig
from storage.engine.durable import fingerprint
from storage.engine.layout import LINKS_DIR_NAME, Layout
from storage.engine.ownership import forget_dead_owners, is_owned
from storage.engine.specs import OrphanReport, SealedVersion, VersionRef


def find_orphans(
    config: EngineConfig, known: Iterable[SealedVersion], *, verify_checksums: bool = False
) -> OrphanReport:
    """Files no version names, and versions whose file is missing or differs.

    The files are listed before `known` is read, so a lazy `known` counts versions committed meanwhile. A file that is
    sealed and not committed yet is reported too: the caller gives young ones time.
    """
    layout = Layout(config)
    unknown = set(_version_files(config.versions_dir))
    missing: list[VersionRef] = []
    damaged: list[VersionRef] = []
    for version in known:
        path = layout.version_path(version.ref)
        unknown.discard(path)
        try:
            intact = _is_intact(path, version, verify_checksums)
        except FileNotFoundError:
            missing.append(version.ref)
            continue
        if not intact:
            damaged.append(version.ref)
    return OrphanReport(tuple(sorted(unknown)), tuple(missing), tuple(damaged))


def sweep_staging(config: EngineConfig, older_than_seconds: float) -> int:
    """Remove unfinished files that are this old and whose process is gone; returns how many."""
    removed = 0
    newest = time.time() - older_than_seconds
    for path in _unfinished(config):
        try:
            changed_at = path.lstat().st_ctime
        except FileNotFoundError:
            continue
        if changed_at <= newest and not is_owned(config.locks_dir, path.name):
            remove_any(path)
            removed += 1
    forget_dead_owners(config.locks_dir)
    return removed


def remove_any(path: Path) -> None:
    """Remove a file, a link or a whole directory; gone already is no error, links are never followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_intact(path: Path, version: SealedVersion, verify_checksums: bool) -> bool:
    if path.stat().st_size != version.size_bytes:
        return False
    return not verify_checksums or fingerprint(path) == version.checksum


def _version_files(versions_dir: Path) -> Iterator[Path]:
    for project_dir in _entries(versions_dir):
        if project_dir.is_dir() and project_dir.name.startswith("project_"):
            yield from (path for path in _entries(project_dir) if not path.is_dir())


def _unfinished(config: EngineConfig) -> Iterator[Path]:
    for directory in (config.staging_dir, config.temp_dir, config.duckdb_dir / LINKS_DIR_NAME):
        yield from _entries(directory)


def _entries(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as entries:
            return [directory / entry.name for entry in entries]
    except FileNotFoundError:
        return []

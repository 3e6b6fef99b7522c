"""The backups that the console takes: where they lie, which there are, taking, verifying and deleting them."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.backup.manifest import FILES, MANIFEST, SECRET_KEY, VERSIONS, Manifest
from storage.backup.restore import verify_backup
from storage.backup.take import take_backup
from storage.upkeep import runs
from storage.upkeep.errors import BackupNotFound
from storage.upkeep.runs import Run
from storage.upkeep.start_run import Progress, start_run

BACKUP, VERIFY = "backup", "verify"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_PARTIAL = ".partial"


@dataclass(frozen=True)
class Backup:
    """One of the directory of backups; `facts` are those of the run that took it, None if it came from elsewhere."""

    name: str
    is_archive: bool
    changed_at: float
    size_bytes: int | None
    facts: dict[str, Any] | None
    verified: Run | None


def list_backups(*, actor: Actor) -> list[Backup]:
    """The newest first. Raises Forbidden."""
    actor.require(Need.ADMIN)
    facts = {run.arguments["name"]: run.result for run in runs.list_runs(BACKUP) if run.result}
    verified: dict[str, Run] = {}
    for run in runs.list_runs(VERIFY):
        verified.setdefault(run.arguments["name"], run)
    found = [_backup(path, facts.get(path.name), verified.get(path.name)) for path in _backups()]
    return sorted(found, key=lambda backup: backup.changed_at, reverse=True)


def start_backup(*, actor: Actor, as_tar: bool) -> Run:
    """The new run. Raises Forbidden, RunInProgress."""
    name = f"kbstore-{timezone.now():%Y-%m-%dT%H-%M-%S}Z" + (".tar" if as_tar else "")

    def work(progress: Progress) -> dict[str, Any]:
        return back_up(actor=actor, name=name, as_tar=as_tar, progress=progress)

    return start_run(BACKUP, actor=actor, arguments={"name": name, "as_tar": as_tar}, work=work)


def start_verification(*, actor: Actor, name: str) -> Run:
    """The new run. Raises Forbidden, BackupNotFound, RunInProgress."""
    actor.require(Need.ADMIN)
    path = _find(name)

    def work(progress: Progress) -> dict[str, Any]:
        return _facts(verify_backup(path, progress=progress))

    return start_run(VERIFY, actor=actor, arguments={"name": name}, work=work)


@operation("take_backup", resource_type="backup", need=Need.ADMIN)
def back_up(*, actor: Actor, name: str, as_tar: bool, progress: Progress) -> dict[str, Any]:
    """Take it; what is in it. Raises BackupFailed."""
    _forget_partials()
    manifest = take_backup(settings.BACKUP_DIR / name, as_tar=as_tar, progress=progress)
    facts = _facts(manifest)
    record_success(name, **facts)
    return facts


@operation("delete_backup", resource_type="backup", need=Need.ADMIN)
def delete_backup(*, actor: Actor, name: str) -> None:
    """Raises BackupNotFound."""
    path = _find(name)
    # Under another name first: half of a backup must not look like one.
    gone = path.with_name(f"{name}{_PARTIAL}")
    path.rename(gone)
    record_success(name)
    _remove(gone)


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "versions": manifest.count(VERSIONS),
        "files": manifest.count(FILES),
        "size_bytes": manifest.size_bytes,
        "kbstore_version": manifest.kbstore_version,
        "catalog": manifest.catalog,
        "missing": len(manifest.missing),
        "has_secret_key": manifest.find(SECRET_KEY) is not None,
        "at": time.time(),
    }


def _backups() -> list[Path]:
    if not settings.BACKUP_DIR.is_dir():
        return []
    return [path for path in settings.BACKUP_DIR.iterdir() if _is_backup(path)]


def _is_backup(path: Path) -> bool:
    if path.is_symlink() or path.name.endswith(_PARTIAL) or not _NAME.fullmatch(path.name):
        return False
    return (path / MANIFEST).is_file() if path.is_dir() else path.suffix == ".tar"


def _find(name: str) -> Path:
    path = settings.BACKUP_DIR / name
    if not _NAME.fullmatch(name) or not _is_backup(path):
        raise BackupNotFound(name)
    return path


def _backup(path: Path, facts: dict[str, Any] | None, verified: Run | None) -> Backup:
    is_archive, status = path.is_file(), path.stat()
    known = facts or (verified.result if verified else None)
    size = status.st_size if is_archive else known["size_bytes"] if known else None
    return Backup(path.name, is_archive, status.st_mtime, size, known, verified)


def _forget_partials() -> None:
    """What a killed backup or deletion left: only one backup runs at a time, and it is this one."""
    for path in settings.BACKUP_DIR.glob(f"*{_PARTIAL}"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)

"""Compare what lies on the disk with what the catalog says; repair what is safe, report the rest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings

from files.services.objects.find_lost import find_lost_objects
from storage import catalog
from storage.engine.specs import OrphanReport, SealedVersion, VersionRef
from storage.errors import BucketNotShared
from storage.jobs.workers import other_live_workers
from storage.models import Branch, Bucket, Project, Table, TableVersion
from storage.runtime import engine
from storage.services.publish_version import address_of

log = structlog.get_logger(__name__)

#: A sealed file waits this long at most for its commit; a younger one may belong to a running process.
COMMIT_GRACE_SECONDS = 120.0
LOW_SPACE_FRACTION = 0.05

_beside_own_work: ContextVar[bool] = ContextVar("beside_own_work", default=False)


@dataclass
class Finding:
    """One difference. `repair` says in words what `--repair` does about it; None means: look at it yourself.

    A remark is worth knowing, but nothing is wrong.
    """

    kind: str
    subject: str
    repair: str | None = None
    is_remark: bool = False


@dataclass
class Report:
    findings: list[Finding] = field(default_factory=list)
    repaired: int = 0
    versions: int = 0
    tables: int = 0

    @property
    def is_clean(self) -> bool:
        return all(finding.is_remark for finding in self.findings)

    def add(self, kind: str, subject: str, repair: str | None = None) -> None:
        self.findings.append(Finding(kind, subject, repair))

    def remark(self, kind: str, subject: str) -> None:
        self.findings.append(Finding(kind, subject, is_remark=True))


#: Looks at what an app above this one keeps, and mends it if told to.
Check = Callable[[Report, bool], None]
_checks: list[Check] = []


def register_check(check: Check) -> None:
    """Called once by an app above this one, for files of its own."""
    if check not in _checks:
        _checks.append(check)


def examine(
    *,
    repair: bool = False,
    verify_checksums: bool = False,
    is_quick: bool = False,
    is_beside_own_work: bool = False,
    on_step: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> Report:
    """Look at everything once. With `repair`, mend what is safe meanwhile: nothing that a table needs is removed.

    A quick look leaves out what takes long with millions of objects. `is_beside_own_work`: this process serves, too, so
    that what is young may be its own. `on_step` gets the steps done, the steps in all and the name of the next one.
    """
    report = Report(versions=TableVersion.objects.count(), tables=Table.objects.count())
    steps = _steps(report, repair=repair, verify_checksums=verify_checksums, is_quick=is_quick)
    token = _beside_own_work.set(is_beside_own_work)
    try:
        for done, (name, step) in enumerate(steps):
            on_step(done, len(steps), name)
            step()
    finally:
        _beside_own_work.reset(token)
    return report


def _steps(
    report: Report, *, repair: bool, verify_checksums: bool, is_quick: bool
) -> list[tuple[str, Callable[[], None]]]:
    def others() -> None:
        for check in _checks:
            check(report, repair)

    steps: list[tuple[str, Callable[[], None]]] = [
        ("workspaces", others),
        (
            "table versions, byte by byte" if verify_checksums else "table versions",
            lambda: _check_versions(report, repair=repair, verify_checksums=verify_checksums),
        ),
        ("dropped tables", lambda: _check_superseded(report, repair=repair)),
        ("directories", lambda: _check_directories(report, repair=repair)),
        ("branches", lambda: _check_branches(report, repair=repair)),
        ("links", lambda: _check_links(report, repair=repair)),
        ("staging", lambda: _check_staging(report, repair=repair)),
        ("sharing", lambda: _check_sharing(report)),
        ("free space", lambda: _check_free_space(report)),
    ]
    return steps if is_quick else [*steps, ("files and objects", lambda: _check_objects(report))]


def check_at_start() -> Report:
    """The quick look of every start: repairs what a crash left behind and logs what it cannot repair."""
    report = examine(repair=True, is_quick=True)
    for finding in report.findings:
        level = log.info if finding.repair or finding.is_remark else log.error
        level("doctor", finding=finding.kind, subject=finding.subject, repair=finding.repair)
    return report


def orphan_grace_seconds() -> float:
    """How old an unknown version file has to be: any age when nobody could still commit it."""
    return COMMIT_GRACE_SECONDS if _somebody_works() else 0.0


def _somebody_works() -> bool:
    return _beside_own_work.get() or bool(other_live_workers())


def _check_versions(report: Report, *, repair: bool, verify_checksums: bool) -> None:
    # The files are listed before the catalog is read: a version committed in between is then known, not an orphan.
    found: OrphanReport = engine().find_orphans(_KnownVersions(), verify_checksums=verify_checksums)
    oldest = time.time() - orphan_grace_seconds()
    for path in found.orphan_files:
        if _changed_at(path) <= oldest and not TableVersion.objects.filter(pk=path.stem).exists():
            report.add("orphan version file", path.name, "removed: no table refers to it")
            report.repaired += _remove(path, repair)
    for ref, made_at in found.orphan_versions:
        if made_at <= oldest and not TableVersion.objects.filter(pk=ref.version_id).exists():
            report.add("orphan version", ref.version_id, "removed: no table refers to it")
            if repair:
                engine().discard([ref])
                report.repaired += 1
    for kind, refs in (("missing version file", found.missing), ("damaged version file", found.damaged)):
        for ref in refs:
            if TableVersion.objects.filter(pk=ref.version_id).exists():
                report.add(kind, _describe(ref))


class _KnownVersions:
    """The versions of the catalog at the moment of each reading; never all in memory."""

    def __iter__(self) -> Iterator[SealedVersion]:
        return (version.sealed for version in TableVersion.objects.iterator(chunk_size=1000))


def _check_superseded(report: Report, *, repair: bool) -> None:
    """Versions of dropped tables whose process died between the commit and the release."""
    for version in TableVersion.objects.filter(table=None, snapshots=None):
        report.add("version of a dropped table", version.id, "released")
        if repair:
            ref = version.ref  # a row that is deleted has no key any more
            version.delete()
            engine().discard([ref])
            report.repaired += 1


def _check_directories(report: Report, *, repair: bool) -> None:
    for project in Project.objects.all():
        directory = settings.DUCKDB_DIR / project.directory_name
        if not directory.is_dir():
            report.add("missing project directory", project.directory_name, "created")
            if repair:
                engine().make_project(project.id)
                report.repaired += 1
    for bucket in Bucket.objects.filter(source_project_id=None).select_related("project"):
        if not engine().has_bucket(bucket.project_id, bucket.name):
            report.add("missing bucket directory", f"{bucket.project_id}/{bucket.name}", "created")
            if repair:
                engine().make_bucket(bucket.project_id, bucket.name)
                report.repaired += 1


def _check_branches(report: Report, *, repair: bool) -> None:
    """Directories of branches, and those that a crash left of a branch or project that is not there."""
    branches = {branch_directory(branch): branch for branch in Branch.objects.all()}
    for directory, branch in branches.items():
        if not directory.is_dir():
            report.add("missing branch directory", directory.name, "created")
            if repair:
                engine().make_project(branch.project_id, branch.pk)
                report.repaired += 1
    known = {project.directory_name for project in Project.objects.all()} | {path.name for path in branches}
    oldest = time.time() - orphan_grace_seconds()
    for directory in settings.DUCKDB_DIR.glob("project_*"):
        if directory.name in known or _changed_at(directory) > oldest or not _is_hollow(directory):
            continue
        report.add("directory of nothing", directory.name, "removed: it is empty")
        if repair:
            shutil.rmtree(directory, ignore_errors=True)
            report.repaired += 1


def branch_directory(branch: Branch) -> Path:
    return settings.DUCKDB_DIR / f"project_{branch.project_id}_branch_{branch.pk}"


def _is_hollow(directory: Path) -> bool:
    """Whether it holds nothing but empty directories and links: anything else is not ours to remove."""
    return all(path.is_symlink() or path.is_dir() for path in directory.rglob("*"))


def _check_links(report: Report, *, repair: bool) -> None:
    expected: set[Path] = set()
    for table in Table.objects.select_related("bucket", "current_version"):
        address, ref = address_of(table), table.current_version.ref
        if (link := engine().link_path(address)) is not None:
            expected.add(link)
        if engine().is_linked(address, ref):
            continue
        is_there = engine().has_version(ref)
        subject = f"{address.project_id}/{address.bucket}/{address.table}"
        report.add("stale link", subject, "points at the current version" if is_there else None)
        if repair and is_there:
            engine().point_link(address, ref)
            report.repaired += 1
    for link in settings.DUCKDB_DIR.glob("project_*/*/*.duckdb"):
        if link.is_symlink() and link not in expected and link.parent.name != "_workspaces":
            report.add("link without a table", f"{link.parent.name}/{link.name}", "removed")
            report.repaired += _remove(link, repair)


def _check_staging(report: Report, *, repair: bool) -> None:
    leftovers = [path for path in settings.STAGING_DIR.glob("*") if _changed_at(path) <= time.time() - staging_age()]
    for path in leftovers:
        report.add("staging leftover", path.name, "removed")
    if repair and leftovers:
        report.repaired += engine().sweep_staging(staging_age())


def staging_age() -> float:
    """Staging belongs to running work, unless it is older than any work may be or nobody works."""
    return settings.OPERATION_TIMEOUT * 2 if _somebody_works() else 0.0


def _check_objects(report: Report) -> None:
    """Files among them. What nothing names is the janitor's."""
    for lost in find_lost_objects():
        report.add("object without its content", f"{lost.bucket_name}/{lost.key}")


def _check_sharing(report: Report) -> None:
    """Linked buckets that show nothing: their source may come back, so they stay."""
    for link in Bucket.objects.exclude(source_project_id=None):
        subject = f"{link.project_id}/{link.name} to {link.source_project_id}/{link.source_bucket_name}"
        try:
            if catalog.source_of(link) is None:
                report.remark("link to a bucket that is gone", subject)
        except BucketNotShared:
            report.remark("link to a bucket that is no longer shared", subject)


def _check_free_space(report: Report) -> None:
    existing = next(parent for parent in (settings.DATA_DIR, *settings.DATA_DIR.parents) if parent.exists())
    usage = shutil.disk_usage(existing)
    if usage.free < usage.total * LOW_SPACE_FRACTION:
        report.add("low disk space", f"{usage.free // 2**20} MiB free of {usage.total // 2**20} MiB")


def _describe(ref: VersionRef) -> str:
    table = Table.objects.filter(current_version_id=ref.version_id).select_related("bucket").first()
    used = f"current version of {table.bucket.project_id}/{table}" if table else "an old version"
    return f"{ref.version_id} ({used}); restore it from a backup"


def _changed_at(path: Path) -> float:
    try:
        return path.lstat().st_ctime
    except FileNotFoundError:
        return float("inf")


def _remove(path: Path, repair: bool) -> int:
    if not repair:
        return 0
    path.unlink(missing_ok=True)
    return 1

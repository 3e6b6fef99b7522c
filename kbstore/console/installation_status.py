"""What of the installation is up: each part is asked, not assumed, and an answer serves for a few seconds."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from django.utils import timezone

from kbstore import listening
from kbstore.console import formatting
from storage.backup.last_backup import read_last_backup
from storage.jobs.workers import other_live_workers
from storage.models import Job, JobState
from storage.services.doctor import LOW_SPACE_FRACTION
from storage.services.take_inventory import catalog_bytes

_PATIENCE_SECONDS = 0.5
_FRESH_SECONDS = 3.0
#: A client's first words to PostgreSQL: may we speak TLS?
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
_SOME_SPACE_FRACTION = 0.15
_BACKUP_DAYS = 7
_LONG_WAIT_SECONDS = 60.0
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Part:
    """`state` is up, warn, down or off; `page` names the page that tells more, without its `admin:`."""

    name: str
    icon: str
    state: str
    note: str
    page: str = ""


_mutex = threading.Lock()
_known: tuple[float, list[Part]] = (float("-inf"), [])


def installation_status() -> list[Part]:
    """Protocols, workers, disk, catalog and last backup, in this order."""
    global _known
    with _mutex:
        asked_at, parts = _known
        if time.monotonic() - asked_at > _FRESH_SECONDS:
            parts = [ask() for ask in _PARTS]
            _known = (time.monotonic(), parts)
        return parts


def _rest() -> Part:
    return Part("REST", "api", "up", "and this console", "system_metrics")


def _sql() -> Part:
    if not settings.PGWIRE_ENABLED:
        return Part("SQL", "database", "off", "PGWIRE_ENABLED is false", "system_settings")
    port = listening.port_of("sql", settings.PGWIRE_LISTEN_PORT)
    is_up = _answer(settings.PGWIRE_LISTEN_HOST, port, _SSL_REQUEST) in (b"S", b"N")
    return _protocol("SQL", "database", port, is_up=is_up)


def _s3() -> Part:
    if not settings.S3_ENABLED:
        return Part("S3", "cloud", "up", "under /s3 only", "system_settings")
    port = listening.port_of("s3", settings.S3_LISTEN)
    is_up = _answer(settings.S3_LISTEN_HOST, port, b"") is not None
    return _protocol("S3", "cloud", port, is_up=is_up)


def _protocol(name: str, icon: str, port: int, *, is_up: bool) -> Part:
    note = f"port {port}" if is_up else f"nothing answers on port {port}"
    return Part(name, icon, "up" if is_up else "down", note, "system_settings")


def _answer(host: str, port: int, hello: bytes) -> bytes | None:
    """The first byte that a server says to `hello`, empty for a connection without one, None if there is none."""
    place = "127.0.0.1" if host in _EVERYWHERE else host
    with suppress(OSError), socket.create_connection((place, port), timeout=_PATIENCE_SECONDS) as connected:
        if not hello:
            return b""
        connected.sendall(hello)
        return connected.recv(1)
    return None


def _workers() -> Part:
    others, threads = len(other_live_workers()), settings.JOB_WORKERS
    oldest = Job.objects.filter(state=JobState.WAITING).order_by().aggregate(first=Min("created_at"))["first"]
    waited = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    note = formatting.amount(threads, "thread")
    if others:
        note += f", {formatting.amount(others, 'other process').replace('processs', 'processes')}"
    if waited > _LONG_WAIT_SECONDS:
        state = "warn" if Job.objects.filter(state=JobState.PROCESSING).exists() else "down"
        return Part("Workers", "bolt", state, f"a job waits since {formatting.duration(waited)}", "storage_job")
    return Part("Workers", "bolt", "up" if threads or others else "down", note, "storage_job")


def _catalog() -> Part:
    started = time.perf_counter()
    try:
        size = catalog_bytes()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, OSError):
        return Part("Catalog", "menu_book", "down", "does not answer", "system_versions")
    took = (time.perf_counter() - started) * 1000
    note = f"{connection.display_name}, {formatting.size(size)}, {took:.1f} ms"
    return Part("Catalog", "menu_book", "up", note, "system_versions")


def _disk() -> Part:
    try:
        usage = shutil.disk_usage(settings.DATA_DIR)
    except OSError:
        return Part("Disk", "hard_drive", "down", "the data directory is not there", "system_versions")
    free = usage.free / usage.total
    state = "down" if free < LOW_SPACE_FRACTION else "warn" if free < _SOME_SPACE_FRACTION else "up"
    note = f"{formatting.size(usage.free)} free of {formatting.size(usage.total)}"
    return Part("Disk", "hard_drive", state, note, "system_versions")


def _backup() -> Part:
    facts = read_last_backup()
    if facts is None:
        return Part("Backup", "backup", "warn", "none yet", "system_backups")
    age = time.time() - facts["finished_at"]
    note = f"{ago(age)}, {formatting.size(facts.get('size_bytes'))}"
    return Part("Backup", "backup", "warn" if age > _BACKUP_DAYS * 86_400 else "up", note, "system_backups")


def ago(seconds: float) -> str:
    """Just now, 5 min ago, 3 h ago, 4 days ago."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    return f"{seconds // 3600:.0f} h ago" if seconds < 172_800 else f"{seconds // 86_400:.0f} days ago"


_PARTS: tuple[Callable[[], Part], ...] = (_rest, _sql, _s3, _workers, _catalog, _disk, _backup)

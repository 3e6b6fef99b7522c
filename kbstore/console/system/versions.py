"""What runs here: versions of kbstore and what it is made of, the machine, the directories."""

from __future__ import annotations

import os
import platform
import shutil
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.template.response import TemplateResponse

from kbstore import metrics
from kbstore.console import formatting, markup
from kbstore.console.installation_status import installation_status
from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM
from storage.jobs.identity import this_worker
from storage.jobs.workers import other_live_workers

_PACKAGES = (
    "duckdb", "Django", "django-unfold", "channels", "uvicorn", "django-tasks", "djangorestframework",
    "drf-spectacular", "prometheus-client", "cryptography", "pyarrow", "sqlglot",
)  # fmt: skip
_DIRECTORIES = ("DATA_DIR", "DUCKDB_DIR", "VERSIONS_DIR", "FILES_DIR", "SNAPSHOTS_DIR", "TEMP_DIR", "LOCKS_DIR")


@console_page("system/versions/", name="system_versions", permission=SEE_SYSTEM)
def versions_page(request: HttpRequest) -> TemplateResponse:
    return framed(
        request,
        "console/system/versions.html",
        title="Versions and machine",
        facts=_facts(),
        packages=list(_packages()),
        machine=_machine(),
        directories=[_directory(name) for name in _DIRECTORIES],
        parts=[(part, "") for part in installation_status()],
    )


def _facts() -> list[tuple[str, Any]]:
    started = metrics.API_START_TIME._value.get()  # the library has no other way to read a gauge
    return [
        ("kbstore", settings.VERSION),
        ("DuckDB", version("duckdb")),
        ("Catalog", f"{connection.display_name} {_database_version()}"),
        ("Python", platform.python_version()),
        ("Running for", formatting.duration(time.time() - started)),
        ("Process", os.getpid()),
        ("Worker id", markup.code(this_worker())),
        ("Other processes", formatting.count(len(other_live_workers()))),
    ]


def _database_version() -> str:
    if connection.vendor == "sqlite":
        return ".".join(map(str, connection.Database.sqlite_version_info))
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def _packages() -> Any:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _machine() -> list[tuple[str, Any]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    load = ", ".join(f"{number:.2f}" for number in os.getloadavg())
    return [
        ("Host", platform.node()),
        ("System", f"{platform.system()} {platform.release()} ({platform.machine()})"),
        ("Processors", formatting.count(os.cpu_count())),
        ("Load", f"{load} over 1, 5 and 15 minutes"),
        ("Memory", formatting.size(memory)),
        ("Memory of this process", formatting.size(_resident_bytes())),
    ]


def _resident_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _directory(name: str) -> dict[str, Any]:
    path: Path = getattr(settings, name)
    try:
        usage = shutil.disk_usage(path)
    except OSError:
        return {"name": name, "path": path, "state": markup.badge("error", "missing"), "free": "", "total": ""}
    is_writable = os.access(path, os.W_OK)
    state = markup.badge("success", "writable") if is_writable else markup.badge("error", "read only")
    free, total = formatting.size(usage.free), formatting.size(usage.total)
    return {"name": name, "path": path, "state": state, "free": free, "total": total}

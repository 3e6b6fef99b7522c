"""Every page of the console with fifty projects and five thousand tables: how long the server takes for each.

The pages are asked for in this process: what is measured is the server's work, without a network and a browser.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.generate import WORK
from benchmarks.report import Line, show

if TYPE_CHECKING:
    from django.test import Client

    from storage.models import Table

PROJECTS, TABLES = 50, 100
ROUNDS = 5
BUDGET_MS = 300.0
BUDGET_QUERIES = 40


@dataclass(frozen=True)
class Page:
    """Median and slowest time of one kind of page, and its queries."""

    kind: str
    url: str
    status: int
    milliseconds: float
    slowest: float
    queries: int


@contextmanager
def catalog() -> Iterator[None]:
    """Django on an empty catalog of its own."""
    data_dir = WORK / "console"
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "kbstore.settings",
        "DATA_DIR": str(data_dir),
        "ADMIN_API_KEY": "benchmark-admin-key",
        "KBSTORE_SECRET_KEY": "benchmark",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from storage.runtime import close_engine

    setup_test_environment()
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        close_engine()
        shutil.rmtree(data_dir, ignore_errors=True)


def filled(projects: int, tables: int) -> tuple[Client, Table]:
    """An operator, and the one table that has rows."""
    from django.contrib.auth.models import User
    from django.db import transaction
    from django.test import Client

    from tests.api.console.things import make_bucket, make_project, make_table
    from tests.console_scale import fill

    table = make_table(make_bucket(make_project()))
    with transaction.atomic():
        fill(projects=projects - 1, tables=tables, like=table)
    client = Client()
    client.force_login(User.objects.create(username="operator", is_staff=True, is_superuser=True))
    return client, table


def measured(client: Client, table: Table) -> Iterator[Page]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.console_pages import crawl

    busy = table.bucket.project_id
    start = [f"/admin/storage/project/{busy}/change/", f"/admin/storage/table/{table.pk}/change/", "/admin/"]
    for kind, url, reply in crawl(client, [_large_project(), *start]):
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            client.get(url)
            times.append((time.perf_counter() - began) * 1000)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        yield Page(kind, url, reply.status_code, statistics.median(times), max(times), len(captured))


def _large_project() -> str:
    from django.db.models import Count

    from kbstore.console.markup import page_url
    from storage.models import Project

    return page_url(Project.objects.annotate(number=Count("buckets")).order_by("-number")[0])


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="benchmarks.console", description=__doc__)
    options.add_argument("--projects", type=int, default=PROJECTS)
    options.add_argument("--tables", type=int, default=TABLES, help="of each project")
    chosen = options.parse_args(arguments)
    with catalog():
        client, table = filled(chosen.projects, chosen.tables)
        pages = sorted(measured(client, table), key=lambda page: -page.milliseconds)
    lines = [
        Line(
            page.kind.removeprefix("admin:") + ("" if page.status == 200 else f" ({page.status})"),
            f"{page.milliseconds:.0f} ms, at most {page.slowest:.0f}",
            f"{page.queries} queries",
            page.milliseconds,
            BUDGET_MS,
            "ms",
        )
        for page in pages
    ]
    most = max(page.queries for page in pages)
    lines.append(Line("most queries of a page", str(most), "", most, BUDGET_QUERIES, "queries"))
    title = f"{len(pages)} pages, {chosen.projects} projects with {chosen.tables} tables each"
    show(title, lines, measured="median", compared="catalog")


if __name__ == "__main__":
    main()

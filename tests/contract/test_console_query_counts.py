"""No page of the console asks more queries of a large installation than of a small one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from storage.models import Table
from storage.runtime import close_engine
from tests.api.console.things import make_bucket, make_file, make_project, make_table
from tests.console_pages import crawl
from tests.console_scale import fill

#: Of any page, however much is stored; a list takes about ten.
MOST_QUERIES = 40
#: A page may show one more part when there is something in it.
SLACK = 3


@pytest.fixture
def table(db: None, tmp_path) -> Iterator[Table]:
    """One real table, so that its page has rows to show, and a file."""
    project = make_project()
    made = make_table(make_bucket(project))
    make_file(project, tmp_path)
    yield made
    close_engine()


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="olga", is_staff=True, is_superuser=True))
    return client


def queries_of_pages(client: Client, table: Table) -> dict[str, tuple[int, str]]:
    """How many queries each kind of page takes, and its address."""
    counts: dict[str, tuple[int, str]] = {}
    start = [f"/admin/storage/project/{table.bucket.project_id}/change/", f"/admin/storage/table/{table.pk}/change/"]
    pages = crawl(client, [*start, "/admin/"])
    while True:
        with CaptureQueriesContext(connection) as captured:
            page = next(pages, None)
        if page is None:
            return counts
        kind, url, reply = page
        assert reply.status_code in (200, 302, 404), f"{url}: {reply.status_code}"
        counts[kind] = len(captured), url


def test_queries_do_not_grow_with_what_is_stored(operator: Client, table: Table) -> None:
    fill(projects=1, tables=3, like=table)
    small = queries_of_pages(operator, table)
    fill(projects=12, tables=12, like=table)
    large = queries_of_pages(operator, table)
    grown = {
        kind: f"{small[kind][0]} -> {count}: {url}"
        for kind, (count, url) in large.items()
        if kind in small and count > small[kind][0] + SLACK
    }
    assert grown == {}
    many = {kind: count for kind, (count, _) in large.items() if count > MOST_QUERIES}
    assert many == {}
    assert len(large) > 60

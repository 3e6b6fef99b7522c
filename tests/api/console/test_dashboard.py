"""The console's first page: everybody sees their own part of it, in a bounded number of queries."""

from __future__ import annotations

import datetime
import json
import re
import socket
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kbstore.console import installation_status
from kbstore.console.dashboard_charts import PERIODS, imports_over_time
from storage.models import Event, Job, JobState, Project, Table
from tests.api.console.things import NASTY, make_bucket, make_job, make_project, make_table


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    installation_status._known = (float("-inf"), [])


def chart(page: str, name: str) -> dict[str, Any]:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def text_of(client: Client, path: str = "/admin/") -> str:
    reply = client.get(path)
    assert reply.status_code == 200
    return reply.content.decode()


def test_it_costs_the_same_for_much_as_for_little(operator: Client) -> None:
    make_table(make_bucket(make_project()))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(operator)
        return len(queries)

    count()
    few = count()
    for number in range(5):
        project = make_project()
        make_table(make_bucket(project))
        make_job(project, state=JobState.ERROR if number % 2 else JobState.WAITING, error={"message": "x"})
    assert count() <= few + 2
    assert few < 40


def test_a_member_sees_their_project_and_nothing_of_the_installation(
    member: Client, table: Table, project: Project
) -> None:
    foreign = make_project("Foreign")
    make_table(make_bucket(foreign, name="in.c-secret"))
    make_job(foreign, state=JobState.ERROR, error={"message": "foreign trouble"})
    page = text_of(member)
    assert "in.c-sales.orders" in page
    for hidden in ("in.c-secret", "foreign trouble", foreign.pk, "Foreign", "What is up", "/admin/system/"):
        assert hidden not in page
    assert chart(page, "chart-projects")["labels"] == ["Shop"]


def test_parts_of_the_page_are_limited_like_the_page(member: Client, newcomer: Client, project: Project) -> None:
    make_job(make_project("Foreign"), state=JobState.ERROR, error={"message": "foreign trouble"})
    for path in ("/admin/now/", "/admin/activity/"):
        assert "foreign" not in text_of(member, path).lower()
        assert "<table" not in text_of(newcomer, path)
        assert Client().get(path).status_code == 302


def test_imports_are_counted_in_the_hour_and_the_day_they_were_asked_for(project: Project) -> None:
    now = timezone.now().replace(minute=30)
    for hours, state in ((0, JobState.SUCCESS), (0, JobState.ERROR), (3, JobState.SUCCESS), (50, JobState.SUCCESS)):
        make_job(project, state=state, created_at=now - datetime.timedelta(hours=hours))
    make_job(project, type="table_export", state=JobState.SUCCESS)
    hours = imports_over_time(Job.objects.all(), PERIODS["24h"])
    good, bad = (series["values"] for series in hours["series"])
    assert (len(good), good[-1], good[-4], sum(good), bad[-1], sum(bad)) == (24, 1, 1, 2, 1, 1)
    days = imports_over_time(Job.objects.all(), PERIODS["14d"])
    assert (len(days["labels"]), sum(days["series"][0]["values"])) == (14, 3)


def test_every_bar_links_to_a_list_that_opens(operator: Client, project: Project) -> None:
    make_job(project, state=JobState.SUCCESS, bucket_name="in.c-linked")
    make_job(project, state=JobState.SUCCESS, bucket_name="in.c-old", created_at=timezone.now() - datetime.timedelta(3))
    for period in PERIODS:
        link = chart(text_of(operator, f"/admin/activity/?period={period}"), "chart-imports")["links"][-1]
        listed = text_of(operator, link)
        assert "in.c-linked" in listed
        assert "in.c-old" not in listed


def test_what_went_wrong_is_told_with_its_reason_and_its_list_opens(operator: Client, project: Project) -> None:
    make_job(project, state=JobState.ERROR, error={"message": f"why {NASTY}"})
    make_job(project, state=JobState.ERROR, error={"message": "old"}, created_at=timezone.now() - datetime.timedelta(2))
    Event.objects.create(
        operation="delete_bucket", resource_type="bucket", resource_id="b", status="failed", error_message="not empty"
    )
    page = text_of(operator)
    assert "why &quot;&gt;&lt;script&gt;" in page
    assert "not empty" in page
    counts = re.findall(r'<a id="trouble-\d" href="([^"]+)" data-count="(\d+)"', page)
    assert [int(count) for _, count in counts] == [1, 1, 0]
    for url, _ in counts:
        text_of(operator, url.replace("&amp;", "&"))


def test_a_protocol_that_nobody_answers_for_is_down(operator: Client, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.PGWIRE_LISTEN_PORT, settings.S3_ENABLED = port, False
    states = {part.name: part.state for part in installation_status.installation_status()}
    assert (states["REST"], states["SQL"], states["S3"], states["Catalog"]) == ("up", "down", "up", "up")
    assert f"nothing answers on port {port}" in text_of(operator)


def test_workers_that_leave_a_job_waiting_are_told(project: Project) -> None:
    make_job(project, created_at=timezone.now() - datetime.timedelta(minutes=5))
    states = {part.name: (part.state, part.note) for part in installation_status.installation_status()}
    assert states["Workers"] == ("down", "a job waits since 5 min 0 s")


def test_the_largest_tables_come_first_and_an_empty_page_says_what_to_do(operator: Client) -> None:
    empty = text_of(operator)
    assert "Make a project and a bucket" in empty
    assert 'href="/admin/storage/project/add/">Create a project' in empty
    assert 'href="/admin/load/">Load a file' not in empty
    project = make_project()
    assert 'href="/admin/load/">Load a file' in text_of(operator)
    bucket = make_bucket(project)
    for name, size in (("small", 10), ("large", 5_000_000)):
        version = make_table(bucket, name=name).current_version
        version.size_bytes = size
        version.save()
    page = text_of(operator)
    assert "First steps" not in page
    largest = page[page.index("Largest tables") :]
    assert largest.index("in.c-sales.large") < largest.index("in.c-sales.small")

"""The audit log: narrowed down by project, actor, operation, outcome and time; each event with all it holds; as CSV."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kbstore.console.markup import page_url
from storage.models import Event, Project, Table
from tests.api.console.things import NASTY, make_job, make_project

LIST = "/admin/storage/event/"


def make_event(**fields: Any) -> Event:
    names = {"operation": "import_table", "resource_type": "table", "resource_id": "in.c-sales.orders"}
    return Event.objects.create(**(names | {"status": "success"} | fields))


def shown(client: Client, **filters: str) -> set[str]:
    """Resources of the list."""
    reply = client.get(LIST, filters)
    assert reply.status_code == 200, reply
    return {event.resource_id for event in reply.context_data["cl"].result_list}


@pytest.fixture
def history() -> None:
    now = timezone.now()
    make_event(resource_id="old", timestamp=now - datetime.timedelta(days=9), project_id="shop", actor="operator:olga")
    make_event(resource_id="new", project_id="shop", actor="user:mia")
    make_event(resource_id="failed", project_id="shopping", actor="user:mia", status="failed", error_code="no_space")
    make_event(resource_id="other", operation="delete_table", project_id="crm", actor="user:max")


def test_filters_narrow_the_list_down(operator: Client, history: None) -> None:
    week_ago = timezone.now() - datetime.timedelta(days=7)
    assert shown(operator, project="shop") == {"old", "new"}
    assert shown(operator, actor="mia") == {"new", "failed"}
    assert shown(operator, operation="delete_table") == {"other"}
    assert shown(operator, status="failed") == {"failed"}
    assert shown(operator, timestamp__lt=week_ago.isoformat()) == {"old"}
    assert shown(operator, timestamp__gte=week_ago.isoformat(), project="shop") == {"new"}
    assert shown(operator, timestamp__gte=f"{week_ago:%Y-%m-%dT%H:%M}", timestamp__lt="") >= {"new", "failed", "other"}
    assert shown(operator, q="failed") == {"failed"}


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "2026-02-30T00:00"])
def test_a_time_that_is_none_leads_back_to_the_list(operator: Client, moment: str) -> None:
    for query in ({"timestamp__gte": moment}, {"timestamp__gte": moment, "as_csv": "1"}):
        reply = operator.get(LIST, query)
        assert (reply.status_code, reply.headers["Location"].split("?")[0]) == (302, LIST)


def test_all_operations_are_offered_whether_the_log_holds_one_or_not(operator: Client) -> None:
    page = operator.get(LIST).content.decode()
    for name in ("create_project", "restore_version", "add_project_member", "change_user", "log_in"):
        assert f'value="{name}"' in page


def test_an_event_says_all_it_holds_and_leads_on(operator: Client, table: Table) -> None:
    project = table.bucket.project
    job = make_job(project)
    event = make_event(
        project_id=project.pk, bucket_name="in.c-sales", table_name="orders", job_id=job.pk, request_id="req-1",
        rows=1234, bytes_in=5_000_000, lock_wait_ms=77, external_run_id="run-9", actor="user:mia",
        status="failed", error_code="import_failed", error_message="column id", details={"mode": "full"},
    )  # fmt: skip
    page = operator.get(page_url(event)).content.decode()
    for text in ("1,234", "5.0 MB", "77 ms", "run-9", "req-1", "column id", "import_failed", "full"):
        assert text in page
    for url in (page_url(project), page_url(table), page_url(job), f"{LIST}?q=req-1", f"{LIST}?actor=user%3Amia"):
        assert f'href="{url}"' in page


def test_links_lead_only_where_the_reader_may_go(member: Client, operator: Client, project: Project) -> None:
    gone = make_event(project_id="gone", resource_id="in.c-sales.orders", bucket_name="in.c-sales", table_name="orders")
    assert "/admin/storage/table/" not in operator.get(page_url(gone)).content.decode().split("content-main")[1]
    foreign = make_job(make_project())
    event = make_event(project_id=project.pk, job_id=foreign.pk)
    page = member.get(page_url(event)).content.decode()
    assert page_url(foreign) not in page
    assert page_url(project) in page


def test_csv_is_what_the_list_shows(operator: Client, history: None) -> None:
    reply = operator.get(LIST, {"project": "shop", "as_csv": "1"})
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(reply).decode())))
    assert [row["resource_id"] for row in rows] == ["new", "old"]


def test_csv_holds_no_formula_that_a_spreadsheet_would_run(operator: Client) -> None:
    make_event(resource_id="=cmd|'/c calc'!A1", actor="@evil", error_message="-1+1", details={"a": NASTY})
    row = next(csv.DictReader(io.StringIO(b"".join(operator.get(LIST, {"as_csv": "1"})).decode())))
    assert row["resource_id"].startswith("'=")
    assert row["actor"].startswith("'@")
    assert row["error_message"].startswith("'-")
    assert NASTY.replace('"', '\\"') in row["details"]


def test_csv_holds_only_what_the_reader_sees(member: Client, newcomer: Client, project: Project) -> None:
    make_event(project_id=project.pk, resource_id="mine")
    make_event(project_id="foreign", resource_id="theirs")
    text = b"".join(member.get(LIST, {"as_csv": "1"})).decode()
    assert "mine" in text
    assert "theirs" not in text
    assert newcomer.get(LIST, {"as_csv": "1"}).status_code == 403


def test_the_list_asks_as_often_for_many_as_for_few(operator: Client, django_assert_max_num_queries: Any) -> None:
    Event.objects.bulk_create(
        Event(operation="import_table", resource_type="table", resource_id=str(number), status="success")
        for number in range(500)
    )
    operator.get(LIST)
    with django_assert_max_num_queries(8):
        assert operator.get(LIST).status_code == 200


def test_the_history_of_a_thing_is_the_audit_log(operator: Client, table: Table) -> None:
    reply = operator.get(reverse("admin:storage_project_history", args=[table.bucket.project_id]))
    assert reply.headers["Location"].startswith(LIST)

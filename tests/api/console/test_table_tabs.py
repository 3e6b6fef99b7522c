"""The tabs of a table's page: what they show, to whom, and at what price."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.admin.table_tabs import TABS
from storage.engine.monitor import Monitor
from storage.engine.specs import Comparison
from storage.models import (
    Bucket,
    BucketShare,
    Event,
    Job,
    JobState,
    Project,
    Snapshot,
    Table,
    TableProfile,
    TableVersion,
)
from storage.runtime import engine
from tests.api.console.things import NASTY, make_bucket, make_job, make_project, make_table

HTMX = {"HX-Request": "true"}


def action(table: Table, name: str, *arguments: Any) -> str:
    return reverse(f"admin:storage_table_{name}", args=[table.pk, *arguments])


def content(client: Client, table: Table, **query: Any) -> str:
    reply = client.get(page_url(table), query, headers=HTMX)
    assert reply.status_code == 200
    return reply.content.decode()


def add_version(table: Table, **fields: Any) -> TableVersion:
    """A newer version of the same content, made as a restore is."""
    current = table.current_version
    sealed = engine().duplicate(current.sealed, current.project_id)
    version = TableVersion.from_sealed(sealed, operation="restore")
    version.table, version.number = table, current.number + 1
    for name, value in fields.items():
        setattr(version, name, value)
    version.save()
    table.current_version = version
    table.save()
    return version


@pytest.fixture
def compared(table: Table) -> Job:
    """Two versions, and the finished job that compared them."""
    older, newer = table.current_version, add_version(table)
    row = {"id": 1, "name": NASTY}
    found = Comparison(("id",), 1, 1, 1, 0, {NASTY: 1}, [row], [row], [(row, row | {"name": None})])
    names = {"older": older.number, "newer": newer.number}
    names |= {"added_columns": [NASTY], "removed_columns": [], "retyped_columns": []}
    return make_job(
        table.bucket.project,
        type="table_compare",
        state=JobState.SUCCESS,
        bucket_name=table.bucket.name,
        table_name=table.name,
        params={"older": older.pk, "newer": newer.pk},
        result=names | asdict(found),
    )


def profile_of(table: Table) -> TableProfile:
    version = table.current_version
    result = engine().profile(version.ref, version.spec, "full", Monitor())
    return TableProfile.objects.create(version=version, mode="full", result=result)


@pytest.mark.parametrize("tab", [tab.name for tab in TABS])
def test_a_tab_is_part_of_the_page_and_a_part_for_htmx(operator: Client, table: Table, tab: str) -> None:
    page, part = operator.get(page_url(table), {"tab": tab}), operator.get(page_url(table), {"tab": tab}, headers=HTMX)
    assert (page.status_code, part.status_code) == (200, 200)
    whole, alone = page.content.decode(), part.content.decode()
    assert f'id="tab-{tab}" class="kb-tab" href="{page_url(table)}?tab={tab}"' in alone
    assert "<html" in whole
    assert "<html" not in alone
    assert "HX-Request" in part.headers["Vary"]


def test_what_htmx_restores_from_its_history_is_a_page(operator: Client, table: Table) -> None:
    reply = operator.get(page_url(table), headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert "<html" in reply.content.decode()


def test_tabs_that_one_may_not_see_are_not_offered(table: Table) -> None:
    user = User.objects.create_user("tom", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_table", "see_every_project")))
    client = Client()
    client.force_login(user)
    shown = content(client, table, tab="jobs")
    assert 'id="tab-preview"' in shown
    assert not any(f'id="tab-{tab}"' in shown for tab in ("jobs", "snapshots", "sharing"))


def test_nothing_that_users_wrote_is_taken_for_markup(operator: Client, project: Project, compared: Job) -> None:
    bucket = make_bucket(project, "in.c-nasty", description=NASTY)
    table = make_table(bucket, column=NASTY.replace('"', ""))
    Snapshot.objects.create(
        pk="snap_1", project=project, bucket_name=bucket.name, table_name=table.name, description=NASTY,
        version=table.current_version, created_by=NASTY,
    )  # fmt: skip
    profile_of(table)
    add_version(table, created_by=NASTY)
    make_job(project, bucket_name=bucket.name, table_name=table.name, error={"message": NASTY}, requested_by=NASTY)
    queries = [{"tab": tab.name} for tab in TABS]
    queries += [{"tab": "preview", "column": NASTY, "op": "is", "value": NASTY, "where": NASTY, "sort": NASTY}]
    for query in queries:
        assert "<script>alert" not in content(operator, table, **query), query
    other = Table.objects.get(name="orders", bucket__name="in.c-sales")
    shown = content(operator, other, tab="history", older=1, newer=2)
    assert "From version 1 to version 2" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize("person", ["operator", "member"])
def test_a_tab_costs_as_many_queries_for_much_as_for_little(
    request: pytest.FixtureRequest, person: str, project: Project
) -> None:
    """Not one more for each version, snapshot, share or job."""
    client = request.getfixturevalue(person)
    small, large = make_table(make_bucket(project, "in.c-one")), make_table(make_bucket(project, "in.c-many"))
    for number in range(12):
        version = add_version(large)
        other = make_project()
        BucketShare.objects.create(bucket=large.bucket, target_project=other)
        Bucket.objects.create(
            project=other, name="x", source_project_id=project.pk, source_bucket_name=large.bucket.name
        )
        make_job(project, bucket_name=large.bucket.name, table_name=large.name)
        Snapshot.objects.create(
            pk=f"snap_{number}", project=project, bucket_name=large.bucket.name, table_name=large.name, version=version
        )
    profile_of(large)
    for tab in TABS:
        costs = []
        for table in (small, large):
            content(client, table, tab=tab.name)
            with CaptureQueriesContext(connection) as queries:
                content(client, table, tab=tab.name)
            costs.append(len(queries))
        assert costs[1] <= costs[0] + 1, (tab.name, costs)
        assert costs[1] <= 15, (tab.name, costs)


def test_filters_of_the_address_are_kept_in_links_and_forms(operator: Client, table: Table) -> None:
    query = {"column": ["id", "name"], "op": ["more", "is_null"], "value": ["1", ""], "where": "id < 9", "sort": "id"}
    reply = operator.get(page_url(table), {"tab": "preview"} | query, headers=HTMX)
    assert [chip["text"] for chip in reply.context["filters"]] == ["id > 1", "name is NULL"]
    header = reply.context["headers"][0]
    assert header["sorted"] == "ascending"
    for part in ("column=id&column=name", "op=more&op=is_null", "where=id+%3C+9", "sort=id&dir=desc"):
        assert part in header["url"]
    assert "column=id&op=more&value=1&" not in reply.context["filters"][0]["remove_url"]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "x", "size": "7", "group": "0"},
        {"page": "9" * 30},
        {"column": "id"},
        {"op": ["drop"], "column": ["id"]},
    ],
)
def test_nonsense_in_the_address_is_left_out(operator: Client, table: Table, query: dict[str, Any]) -> None:
    reply = operator.get(page_url(table), {"tab": "preview"} | query)
    assert reply.status_code == 200
    assert reply.context["filters"] == []
    assert "preview_error" not in reply.context


@pytest.mark.parametrize("query", [{"where": "id ="}, {"sort": "nobody"}, {"column": "x", "op": "is", "value": "x"}])
def test_what_the_table_has_not_is_said_in_place(operator: Client, table: Table, query: dict[str, str]) -> None:
    reply = operator.get(page_url(table), {"tab": "preview"} | query)
    assert reply.status_code == 200
    assert reply.context["preview_error"].startswith("Invalid") or "Unknown" in reply.context["preview_error"]


def test_a_version_is_restored_by_the_service(operator: Client, table: Table) -> None:
    add_version(table)
    url = action(table, "restore", 1)
    assert "stays in the history as version 2" in operator.get(url).content.decode()
    assert operator.post(url).headers["Location"] == f"{page_url(table)}?tab=history"
    table.refresh_from_db()
    assert (table.current_version.number, table.current_version.operation) == (3, "restore")
    assert Event.objects.get(operation="restore_version").actor == "operator:olga"


def test_a_version_that_is_gone_is_said_to_be(operator: Client, table: Table) -> None:
    for reply in (operator.get(action(table, "restore", 9)), operator.post(action(table, "restore", 9))):
        assert reply.headers["Location"] == f"{page_url(table)}?tab=history"
    assert "not found" in content(operator, table, tab="history")


def test_rows_of_an_earlier_version_can_be_looked_at(viewer: Client, table: Table) -> None:
    add_version(table, columns=[table.current_version.columns[1]])
    shown = viewer.get(page_url(table), {"tab": "preview", "version": "1", "sort": "id"})
    assert [header["name"] for header in shown.context["headers"]] == ["id", "name"]
    assert "version=1" in shown.context["headers"][1]["url"]
    assert "not found" in viewer.get(page_url(table), {"version": "9"}).context["preview_error"]


def test_a_comparison_is_asked_for_once(operator: Client, table: Table, compared: Job) -> None:
    for body in ({"older": "1", "newer": "2"}, {"older": "2", "newer": "1"}):
        reply = operator.post(action(table, "compare"), body)
        assert reply.headers["Location"] == f"{page_url(table)}?tab=history&older=1&newer=2"
    assert Job.objects.filter(type="table_compare").get() == compared


@pytest.mark.parametrize(
    "body", [{}, {"older": "1", "newer": "1"}, {"older": "x", "newer": "1"}, {"older": "1", "newer": "9"}]
)
def test_a_comparison_needs_two_versions(operator: Client, table: Table, body: dict[str, str]) -> None:
    assert operator.post(action(table, "compare"), body).headers["Location"] == f"{page_url(table)}?tab=history"
    assert not Job.objects.exists()


def test_a_profile_is_asked_for_once_and_waited_for(operator: Client, table: Table) -> None:
    for _ in range(2):
        assert operator.post(action(table, "profile")).headers["Location"] == f"{page_url(table)}?tab=profile"
    job = Job.objects.get()
    assert (job.type, job.params["mode"]) == ("table_profile", "full")
    assert f'data-job="{job.pk}"' in content(operator, table, tab="profile")


def test_a_profile_of_an_earlier_version_is_shown_as_such(operator: Client, table: Table) -> None:
    profile_of(table)
    assert "the table has changed since" not in content(operator, table, tab="profile")
    add_version(table)
    assert "the table has changed since" in content(operator, table, tab="profile")


def test_jobs_at_work_move_above_every_tab(operator: Client, table: Table) -> None:
    place = {"bucket_name": table.bucket.name, "table_name": table.name}
    job = make_job(table.bucket.project, state=JobState.PROCESSING, **place)
    other = make_job(make_project(), state=JobState.PROCESSING, **place)
    for tab in ("columns", "profile"):
        shown = content(operator, table, tab=tab)
        assert f'data-job="{job.pk}"' in shown
        assert other.pk not in shown
        assert f'hx-get="{page_url(table)}?tab={tab}" hx-trigger="kb:job-ended from:document"' in shown


def test_rows_that_match_can_be_exported(operator: Client, viewer: Client, table: Table) -> None:
    query = {"tab": "preview", "column": "name", "op": "is", "value": "it's", "where": "id > 1"}
    url = operator.get(page_url(table), query).context["export_url"]
    assert parse_qs(urlsplit(url).query)["where"] == ["\"name\" = CAST('it''s' AS VARCHAR) AND (id > 1)"]
    assert operator.get(url).status_code == 200
    assert viewer.get(page_url(table), query).context["export_url"] is None
    assert operator.get(page_url(table), {"tab": "preview"}).context["export_url"] is None


def test_columns_tell_what_a_profile_found(operator: Client, table: Table) -> None:
    assert "Distinct" not in content(operator, table, tab="columns")
    profile_of(table)
    assert "Distinct" in content(operator, table, tab="columns")
    add_version(table)
    assert "Distinct" not in content(operator, table, tab="columns")


def test_a_bucket_is_shared_and_not_shared_any_more(operator: Client, table: Table) -> None:
    other = make_project()
    operator.post(action(table, "share"), {"target": other.pk})
    assert BucketShare.objects.get().target_project == other
    url = action(table, "unshare", other.pk)
    assert "cannot read the bucket" in operator.get(url).content.decode()
    operator.post(url)
    assert not BucketShare.objects.exists()


def test_a_snapshot_is_deleted_after_a_question(operator: Client, table: Table) -> None:
    project = table.bucket.project
    Snapshot.objects.create(
        pk="snap_1",
        project=project,
        bucket_name=table.bucket.name,
        table_name=table.name,
        version=table.current_version,
    )
    url = action(table, "snapshot_delete", "snap_1")
    assert "removed for good" in operator.get(url).content.decode()
    assert Snapshot.objects.exists()
    operator.post(url)
    assert not Snapshot.objects.exists()


ALL_ACTIONS = [
    ("profile", ()),
    ("compare", ()),
    ("restore", (1,)),
    ("snapshot", ()),
    ("snapshot_restore", ("snap_1",)),
    ("snapshot_delete", ("snap_1",)),
    ("share", ()),
    ("unshare", ("p1",)),
]


@pytest.mark.parametrize(("name", "arguments"), ALL_ACTIONS)
def test_viewers_and_members_elsewhere_change_nothing(
    viewer: Client, member: Client, name: str, arguments: tuple[Any, ...]
) -> None:
    table = make_table(make_bucket(make_project()))
    url = action(table, name, *arguments)
    assert [viewer.get(url).status_code, viewer.post(url).status_code] == [403, 403]
    for reply in (member.get(url), member.post(url)):
        assert reply.headers["Location"] == "/admin/"


def test_nothing_is_done_by_looking(operator: Client, table: Table) -> None:
    for name in ("profile", "compare", "snapshot", "share"):
        assert operator.get(action(table, name)).status_code == 405


def test_snippets_name_the_table_as_each_of_them_wants(operator: Client, table: Table) -> None:
    shown = operator.get(page_url(table), {"tab": "snippets"}).context["groups"]
    texts = {name: "\n".join(snippet.text for snippet in snippets) for name, snippets in shown}
    place = f"/projects/{table.bucket.project_id}/branches/default/buckets/in.c-sales/tables/orders/preview?limit=10"
    assert place in texts["curl"]
    assert "FROM in_c_sales.orders" in texts["SQL"]
    assert f'kb.tables.to_arrow("{table.bucket.project_id}", "in.c-sales", "orders")' in texts["Python"]
    assert f"tables preview {table.bucket.project_id} in.c-sales orders" in texts["Command line"]


def test_the_page_of_a_job_shows_the_beginning_of_a_long_result(operator: Client, table: Table) -> None:
    job = make_job(table.bucket.project, state=JobState.SUCCESS, result={f"member_{at}": at for at in range(500)})
    lines = operator.get(page_url(job)).context["result"]
    assert len(lines) == 61
    assert lines[-1] == ("…", "440 more values")

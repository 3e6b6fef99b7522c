"""A project's page: what it uses, what it holds, and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Branch, Bucket, Project, Table
from tests.api.console.things import make_branch, make_bucket, make_file, make_job, make_key, make_project


def url(what: str, project: Project) -> str:
    return reverse(f"admin:storage_project_{what}", args=[project.pk])


def test_the_page_leads_to_all_that_is_in_a_project(operator: Client, project: Project, table: Table) -> None:
    things = (table.bucket, make_branch(project), make_key(project), make_job(project))
    text = operator.get(page_url(project)).content.decode()
    assert all(page_url(thing) in text for thing in things)
    for name in ("explorer", "load", "sql"):
        assert f"{reverse(f'admin:{name}')}?project={project.pk}" in text


def test_usage_stands_beside_its_limits(operator: Client, project: Project, tmp_path: Path, settings: Any) -> None:
    settings.MAX_PROJECT_FILES, settings.MAX_PROJECT_BYTES, settings.MAX_PROJECT_JOBS = 4, 1000, 10
    for name in ("a.csv", "b.csv"):
        make_file(project, tmp_path, name=name, data=b"x" * 450)
    make_job(project)
    used = {item["name"]: item for item in operator.get(page_url(project)).context["usage"]}
    assert (used["Number of files"]["value"], used["Number of files"]["percent"]) == ("2", 50.0)
    assert (used["Files and objects"]["value"], used["Files and objects"]["level"]) == ("900 B", "warn")
    assert used["Unfinished jobs"]["note"] == "10.0% of 10"


def test_name_and_settings_are_edited(operator: Client, project: Project) -> None:
    edit = url("edit", project)
    body = {"name": "Better", "settings": '{"owner": {"team": "data"}}'}
    assert operator.post(edit, body).headers["Location"] == page_url(project)
    project.refresh_from_db()
    assert (project.name, project.settings) == ("Better", {"owner": {"team": "data"}})
    assert "team" in operator.get(page_url(project)).content.decode()
    assert "&quot;team&quot;: &quot;data&quot;" in operator.get(edit).content.decode()
    for nonsense in ("[1]", "{", '"x"'):
        assert operator.post(edit, {"name": "x", "settings": nonsense}).status_code == 200
    assert operator.post(edit, {"name": "", "settings": ""}).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.settings) == ("", {})


def test_snapshot_settings_of_a_project_say_where_they_come_from(operator: Client, project: Project) -> None:
    text = operator.get(page_url(project)).content.decode()
    assert "this project" not in text
    operator.post(url("snapshots", project), {"auto_snapshot_triggers__full_load": "yes"})
    project.refresh_from_db()
    assert project.snapshot_settings == {"auto_snapshot_triggers": {"full_load": True}}
    assert "this project" in operator.get(page_url(project)).content.decode()


def test_an_empty_project_says_how_to_go_on(operator: Client, project: Project) -> None:
    text = operator.get(page_url(project)).content.decode()
    assert "make the first one" in text
    assert "Main only" in text


def test_a_viewer_sees_it_all_and_may_change_nothing(viewer: Client, project: Project) -> None:
    text = viewer.get(page_url(project)).content.decode()
    for what in ("edit", "snapshots", "link", "delete"):
        assert url(what, project) not in text
        assert viewer.get(url(what, project)).status_code == 403
        assert viewer.post(url(what, project), {"name": "x", "typed": project.pk}).status_code == 403
    for link in ("New bucket", "New branch", "New key", "Load data into"):
        assert link not in text


def test_a_member_changes_their_project_and_no_other(member: Client, project: Project) -> None:
    assert member.post(url("edit", project), {"name": "Mine"}).status_code == 302
    other = make_project("Theirs")
    member.post(url("edit", other), {"name": "Mine"})
    other.refresh_from_db()
    assert other.name == "Theirs"
    assert member.get(url("edit", other)).headers["Location"] == reverse("admin:index")


def test_the_page_costs_the_same_for_many_as_for_few(
    operator: Client, project: Project, table: Table, django_assert_max_num_queries: Any
) -> None:
    Bucket.objects.bulk_create(Bucket(project=project, name=f"b{n}") for n in range(30))
    Branch.objects.bulk_create(Branch(id=f"b{n}", project=project, name=f"b{n}") for n in range(30))
    make_bucket(project, "in.c-more")
    for _ in range(5):
        make_job(project, state="success")
        make_key(project)
    with django_assert_max_num_queries(16):
        assert operator.get(page_url(project)).status_code == 200

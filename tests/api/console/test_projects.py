"""Projects in the console: created, shown, deleted."""

from __future__ import annotations

import html

from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import ApiKey, Event, Project, Table
from storage.services.authenticate import authenticate
from tests.api.console.things import make_bucket, make_job, make_key, make_project, make_table

ADD = "/admin/storage/project/add/"


def secret_on(reply: object) -> str | None:
    text = reply.content.decode()  # type: ignore[attr-defined]
    return text.split('id="new-secret">')[1].split("<")[0] if 'id="new-secret"' in text else None


def test_a_new_projects_key_is_shown_once(operator: Client) -> None:
    reply = operator.post(ADD, {"project_id": "new-shop", "name": "New shop"})
    page = page_url(Project.objects.get(pk="new-shop"))
    assert reply.headers["Location"] == page
    secret = secret_on(operator.get(page))
    assert secret is not None
    assert authenticate(secret).project_id == "new-shop"
    assert secret_on(operator.get(page)) is None


def test_the_session_never_holds_the_secret_in_clear(operator: Client) -> None:
    operator.post(ADD, {"project_id": "new-shop", "name": ""})
    kept = str(dict(operator.session))
    secret = secret_on(operator.get("/admin/storage/project/new-shop/change/"))
    assert secret not in kept
    assert "one_time_secret" in kept
    assert "one_time_secret" not in str(dict(operator.session))


def test_the_secret_is_only_on_its_own_page(operator: Client) -> None:
    other = make_project()
    operator.post(ADD, {"project_id": "new-shop", "name": ""})
    assert secret_on(operator.get(page_url(other))) is None
    assert secret_on(operator.get("/admin/storage/project/new-shop/change/")) is not None


def test_pages_with_secrets_are_not_cached(operator: Client) -> None:
    reply = operator.post(ADD, {"project_id": "new-shop", "name": ""}, follow=True)
    assert "no-store" in reply.headers["Cache-Control"]


def test_the_audit_log_names_the_operator(operator: Client) -> None:
    operator.post(ADD, {"project_id": "new-shop", "name": ""})
    assert Event.objects.get(project_id="new-shop", operation="create_project").actor == "operator:olga"


def test_a_refusal_of_the_service_stands_in_the_form(operator: Client) -> None:
    taken = make_project()
    for project_id, problem in ((taken.pk, "already exists"), ("../x", "use 1 to 64 letters"), ("", "required")):
        reply = operator.post(ADD, {"project_id": project_id, "name": ""})
        assert reply.status_code == 200
        assert problem in html.unescape(reply.content.decode())


def test_deleting_wants_the_id_typed(operator: Client) -> None:
    project = make_project()
    table = make_table(make_bucket(project))
    url = reverse("admin:storage_project_delete", args=[project.pk])
    assert "That is not it" in operator.post(url, {"typed": "yes"}).content.decode()
    assert Project.objects.filter(pk=project.pk).exists()
    assert operator.post(url, {"typed": project.pk}).status_code == 302
    assert not Project.objects.filter(pk=project.pk).exists()
    assert not Table.objects.filter(pk=table.pk).exists()
    assert Event.objects.filter(project_id=project.pk, operation="delete_project").exists()


def test_the_page_shows_buckets_keys_and_jobs(operator: Client) -> None:
    project = make_project()
    bucket, key, job = make_bucket(project), make_key(project), make_job(project)
    text = operator.get(page_url(project)).content.decode()
    assert all(page_url(thing) in text for thing in (bucket, key, job))


def test_the_list_counts_what_is_in_a_project(operator: Client) -> None:
    project = make_project()
    make_table(make_bucket(project))
    make_bucket(project, "out.c-empty")
    listed = operator.get("/admin/storage/project/").context["cl"].result_list[0]
    assert (listed.bucket_count, listed.table_count, listed.row_total) == (2, 1, 0)
    assert listed.size_bytes > 0


def test_lists_cost_the_same_for_many_as_for_few(operator: Client, django_assert_max_num_queries: object) -> None:
    for _ in range(4):
        project = make_project()
        make_table(make_bucket(project))
        make_job(project, state="success")
        make_key(project)
    for name in ("project", "bucket", "table", "job", "apikey", "event"):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            assert operator.get(f"/admin/storage/{name}/").status_code == 200


def test_a_key_belongs_to_the_new_project_only(operator: Client) -> None:
    operator.post(ADD, {"project_id": "new-shop", "name": ""})
    assert ApiKey.objects.filter(project_id="new-shop").count() == 1

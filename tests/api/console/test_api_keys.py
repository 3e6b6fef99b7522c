"""API keys in the console: created, rotated, revoked."""

from __future__ import annotations

import datetime

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kbstore.console.markup import page_url
from storage.models import ApiKey, Branch, Project
from storage.services.authenticate import authenticate
from tests.api.console.test_projects import secret_on
from tests.api.console.things import make_key, make_project

ADD = "/admin/storage/apikey/add/"


def order(project: Project, **changes: object) -> dict[str, object]:
    return {"project": project.pk, "scope": "project_admin", "branch": "", "description": "x"} | changes


def test_a_new_key_works_and_is_shown_once(operator: Client, project: Project) -> None:
    reply = operator.post(ADD, order(project, expires_in_days=30))
    page = reply.headers["Location"]
    secret = secret_on(operator.get(page))
    assert secret is not None
    assert secret not in page
    key = ApiKey.objects.get(pk=authenticate(secret).label)
    assert (key.expires_at - key.created_at).days == 30
    assert secret_on(operator.get(page)) is None


def test_a_branch_key_needs_a_branch(operator: Client, project: Project) -> None:
    branch = Branch.objects.create(id="b1", project=project, name="dev")
    assert operator.post(ADD, order(project, scope="branch_read")).status_code == 200
    reply = operator.post(ADD, order(project, scope="branch_read", branch=branch.pk))
    assert authenticate(secret_on(operator.get(reply.headers["Location"]))).branch_id == "b1"


def test_a_branch_of_another_project_is_refused(operator: Client, project: Project) -> None:
    branch = Branch.objects.create(id="b1", project=make_project(), name="dev")
    reply = operator.post(ADD, order(project, scope="branch_admin", branch=branch.pk))
    assert reply.status_code == 200
    assert ApiKey.objects.filter(scope="branch_admin").count() == 0


def test_a_rotated_key_is_replaced(operator: Client, project: Project) -> None:
    old = make_key(project)
    reply = operator.post(reverse("admin:storage_apikey_rotate", args=[old.pk]))
    secret = secret_on(operator.get(reply.headers["Location"]))
    assert authenticate(secret).label != old.pk
    old.refresh_from_db()
    assert old.is_revoked


def test_a_revoked_key_offers_no_more_commands(operator: Client, project: Project) -> None:
    key = make_key(project)
    url = reverse("admin:storage_apikey_revoke", args=[key.pk])
    assert "The key was revoked." in operator.post(url, follow=True).content.decode()
    assert url not in operator.get(page_url(key)).content.decode()
    assert operator.post(url).status_code == 403


def test_the_last_admin_key_cannot_be_revoked(operator: Client, project: Project) -> None:
    key = project.api_keys.get()
    reply = operator.post(reverse("admin:storage_apikey_revoke", args=[key.pk]), follow=True)
    key.refresh_from_db()
    assert not key.is_revoked
    assert "last" in reply.content.decode()


def test_no_page_shows_a_hash(operator: Client, project: Project) -> None:
    key = make_key(project)
    pages = [page_url(key), page_url(project), "/admin/storage/apikey/", "/admin/storage/event/"]
    assert not any(key.key_hash in operator.get(url).content.decode() for url in pages)


def test_keys_are_filtered_by_state(operator: Client, project: Project) -> None:
    expired, revoked = make_key(project, "expired"), make_key(project, "revoked")
    now = timezone.now()
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=now - datetime.timedelta(days=1))
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=now)
    for state, expected in (("expired", {expired.pk}), ("revoked", {revoked.pk})):
        listed = operator.get("/admin/storage/apikey/", {"key_state": state}).context["cl"].result_list
        assert {key.pk for key in listed} == expected
    active = operator.get("/admin/storage/apikey/", {"key_state": "active"}).context["cl"].result_list
    assert not {expired.pk, revoked.pk} & {key.pk for key in active}

"""Logins of the console: how long they last, and what ends them."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kbstore.console.sessions import _ASKED_BY_PAGES, SessionStore
from storage.models import Event
from storage.services.purge_history import purge_console_sessions
from tests.api.console.conftest import logged_in
from tests.api.console.routes import routes

PASSWORD = "correct-horse-9"  # noqa: S105 - of accounts that live as long as a test


@pytest.fixture
def nina() -> User:
    return User.objects.create_superuser("nina", password=PASSWORD)


def is_inside(client: Client) -> bool:
    return client.get("/admin/account/").status_code == 200


def row(client: Client) -> Session:
    return Session.objects.get(session_key=client.session.session_key)


def minutes_left(client: Client) -> float:
    return (row(client).expire_date - timezone.now()).total_seconds() / 60


def leave(client: Client, minutes: float) -> None:
    """Let so much time pass without a page being opened."""
    found = row(client)
    found.expire_date -= datetime.timedelta(minutes=minutes)
    found.save()


def begin(client: Client, hours_ago: float) -> None:
    session = client.session
    session["_started_at"] = (timezone.now() - datetime.timedelta(hours=hours_ago)).isoformat()
    session.save()


def test_a_login_ends_when_nobody_uses_it(nina: User) -> None:
    client = logged_in(nina)
    assert minutes_left(client) == pytest.approx(120, abs=1)
    leave(client, 119)
    assert is_inside(client)
    assert minutes_left(client) == pytest.approx(120, abs=1)
    leave(client, 121)
    assert not is_inside(client)


def test_a_login_ends_however_much_it_is_used(nina: User) -> None:
    client = logged_in(nina)
    begin(client, 11.5)
    assert is_inside(client)
    assert minutes_left(client) == pytest.approx(30, abs=1)
    begin(client, 12.1)
    assert not is_inside(client)


def test_the_cookie_lives_to_the_end_of_the_login(nina: User) -> None:
    client = Client()
    client.post("/admin/login/", {"username": "nina", "password": PASSWORD})
    cookie = client.cookies["sessionid"]
    assert 12 * 3600 - 5 <= int(cookie["max-age"]) <= 12 * 3600
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")


def test_what_a_page_asks_for_by_itself_keeps_nobody_in(nina: User) -> None:
    client = logged_in(nina)
    leave(client, 60)
    client.get(reverse("admin:storage_job_states"), {"ids": "x"})
    client.get(reverse("admin:dashboard_now"))
    assert minutes_left(client) == pytest.approx(60, abs=1)
    assert {route.name for route in routes()} >= _ASKED_BY_PAGES


def test_a_part_of_a_page_that_comes_too_late_sends_the_whole_page_to_the_login(nina: User) -> None:
    client = logged_in(nina)
    leave(client, 121)
    reply = client.get(reverse("admin:dashboard_now"), headers={"HX-Request": "true"})
    assert (reply.status_code, reply.headers["HX-Refresh"], reply.content) == (204, "true", b"")
    assert client.get("/admin/").status_code == 302


def test_looking_at_pages_writes_the_row_once_in_a_minute_and_never_its_content(nina: User) -> None:
    client = logged_in(nina)
    leave(client, 60)
    before = row(client).session_data
    is_inside(client)
    after = row(client)
    is_inside(client)
    assert (row(client).expire_date, row(client).session_data) == (after.expire_date, before)


def test_keeping_a_secret_for_the_next_page_does_not_prolong_the_login(nina: User) -> None:
    client = logged_in(nina)
    begin(client, 11.9)
    client.post("/admin/storage/project/add/", {"project_id": "new-shop", "name": ""})
    assert "one_time_secret" in dict(client.session)
    assert minutes_left(client) < 7


def test_a_new_password_ends_all_other_logins(nina: User) -> None:
    here, elsewhere = logged_in(nina), logged_in(nina)
    form = {"old_password": PASSWORD, "new_password1": "another-word-7", "new_password2": "another-word-7"}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert is_inside(here)
    assert not is_inside(elsewhere)
    event = Event.objects.get(operation="change_user", resource_id="nina")
    assert (event.actor, event.details) == ("operator:nina", {"changed": ["Password"]})


def test_a_password_that_was_not_changed_is_no_event(nina: User) -> None:
    client = logged_in(nina)
    form = {"old_password": "wrong", "new_password1": "another-word-7", "new_password2": "another-word-7"}
    assert client.post("/admin/password_change/", form).status_code == 200
    assert not Event.objects.filter(operation="change_user").exists()


def test_an_operators_new_password_for_somebody_ends_their_logins(operator: Client, nina: User) -> None:
    client = logged_in(nina)
    body = {"password1": "another-word-7", "password2": "another-word-7"}
    operator.post(reverse("admin:auth_user_password_change", args=[nina.pk]), body)
    assert not is_inside(client)


def test_logging_out_removes_the_row(nina: User) -> None:
    client = logged_in(nina)
    key = client.session.session_key
    client.post("/admin/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not is_inside(client)


def test_what_has_expired_is_purged(nina: User) -> None:
    client, other = logged_in(nina), logged_in(nina)
    leave(client, 121)
    purge_console_sessions()
    assert [found.session_key for found in Session.objects.all()] == [other.session.session_key]


def test_a_session_without_a_login_has_djangos_limits(db: None) -> None:
    store = SessionStore()
    store["x"] = 1
    store.save()
    assert store.ends_at is None
    assert store.get_expiry_age() == 12 * 3600

"""What is refused says so on a page of the console, to people; scripts get the status."""

from __future__ import annotations

import pytest
from django.test import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORBIDDEN = "/admin/auth/user/"
MISSING = "/admin/load/nope/nope/"


@pytest.mark.parametrize(
    ("url", "status", "title"), [(FORBIDDEN, 403, "Not for your account"), (MISSING, 404, "Not here")]
)
def test_people_are_told_on_a_page(member: Client, url: str, status: int, title: str) -> None:
    reply = member.get(url, headers=BROWSER)
    text = reply.content.decode()
    assert reply.status_code == status
    assert title in text
    assert "/admin/account/" in text
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]


def test_what_was_sent_where_it_may_not_is_told_the_same_way(member: Client) -> None:
    reply = member.post(FORBIDDEN, {}, headers=BROWSER)
    assert (reply.status_code, "Not for your account" in reply.content.decode()) == (403, True)


def test_scripts_get_no_page(member: Client) -> None:
    for headers in ({"Accept": "*/*"}, BROWSER | {"HX-Request": "true"}):
        reply = member.get(FORBIDDEN, headers=headers)
        assert (reply.status_code, b"Not for your account" in reply.content) == (403, False)


def test_strangers_see_the_login_and_nothing_else(client: Client) -> None:
    for url in (FORBIDDEN, MISSING, "/admin/nothing-here/"):
        assert client.get(url, headers=BROWSER).headers["Location"].startswith("/admin/login/")


def test_rest_keeps_its_own_errors(member: Client) -> None:
    reply = member.get("/nothing-here", headers=BROWSER)
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")

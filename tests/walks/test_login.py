"""Who opens the console, and who does not."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.cast import ADMIN_KEY, Server
from tests.walks.people import OPERATOR, PASSWORD


def test_a_wrong_password_does_not_open_the_console(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto("/admin/storage/project/")
    page.fill("[name=username]", OPERATOR)
    page.fill("[name=password]", "wrong")
    page.click("button[type=submit]")
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()


def test_the_right_password_opens_the_page_that_was_asked_for(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto("/admin/storage/job/")
    page.fill("[name=username]", OPERATOR)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()


def test_console_pages_carry_no_cors_headers(server: Server) -> None:
    reply = server.http.get("/admin/login/", headers={"Origin": "http://elsewhere.example"})
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]


def test_the_admin_key_opens_no_console(server: Server) -> None:
    reply = server.http.get("/admin/", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert reply.status_code == 302

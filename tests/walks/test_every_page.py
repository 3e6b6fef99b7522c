"""Every page of the console, in both themes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.cast import Person


def test_every_list_opens_in_both_themes_without_a_script_error(page: Page, owner: Person) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for name in (
            "",
            "storage/bucket/",
            "storage/table/",
            "files/file/",
            "storage/event/",
            "auth/user/",
            "auth/group/",
        ):
            page.goto(f"/admin/{name}")
            expect(page.locator("#content")).to_be_visible()
    assert page.evaluate("document.documentElement.classList.contains('dark')")

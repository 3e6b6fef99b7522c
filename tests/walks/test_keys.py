"""Keys are made, shown once, work, and stop working."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.cast import Person, Server

ATTACK = "<script>alert(1)</script> \"quoted\" 'x' 🐎"


def test_a_new_projects_key_is_shown_once_and_works(page: Page, server: Server) -> None:
    page.goto("/admin/storage/project/")
    page.locator("a.addlink").click()
    page.fill("[name=project_id]", "walked")
    page.fill("[name=name]", ATTACK)
    page.get_by_role("button", name="Create").click()
    secret = page.locator("#new-secret").inner_text()
    assert re.fullmatch(r"proj_walked_admin_[0-9a-f]{32}", secret)
    assert secret not in page.url
    assert Person(server, key=secret, project_id="walked").get("/projects/{p}").json()["name"] == ATTACK
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copy-label]")).to_have_text("Copied")
    page.reload()
    expect(page.get_by_role("heading", name=ATTACK)).to_be_visible()
    assert page.locator("#new-secret").count() == 0
    assert secret not in page.content()


def test_a_key_is_created_for_a_project_and_shown_once(page: Page, owner: Person) -> None:
    page.goto(f"/admin/storage/apikey/add/?project={owner.project_id}")
    page.fill("[name=description]", "walk")
    page.fill("[name=expires_in_days]", "7")
    page.get_by_role("button", name="Create").click()
    key = page.locator("#new-secret").inner_text()
    assert Person(owner.server, key=key, project_id=owner.project_id).get("/projects/{p}").status_code == 200
    page.reload()
    assert page.locator("#new-secret").count() == 0


def test_a_revoked_key_is_refused(page: Page, owner: Person) -> None:
    made = owner.post("/projects/{p}/api-keys", json={"description": ATTACK}).json()
    other = Person(owner.server, key=made["api_key"], project_id=owner.project_id)
    assert other.get("/projects/{p}").status_code == 200
    page.goto(f"/admin/storage/apikey/?q={made['id']}")
    page.locator("#result_list a", has_text="proj_").first.click()
    page.get_by_role("link", name="Revoke key").click()
    page.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("The key was revoked.")).to_be_visible()
    assert other.get("/projects/{p}").status_code == 403

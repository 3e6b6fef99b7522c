"""From a new account to its first look at a project, what a viewer is not offered, and who did what."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import BrowserContext, Page, expect

from tests.cast import Person, Server
from tests.walks.axe import axe
from tests.walks.conftest import NewContext

PASSWORD = "correct-horse-9"
NEW_PASSWORD = "another-word-7"


def project_page(owner: Person) -> str:
    return f"/admin/storage/project/{owner.project_id.replace('_', '_5F')}/change/"


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/admin/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")


def make_account(page: Page, name: str) -> None:
    page.goto("/admin/auth/user/add/")
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.get_by_label("Project members: see and change").check()
    axe(page, is_whole=False)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"{name} may log in now.")).to_be_visible()


def add_to_project(page: Page, owner: Person, name: str) -> None:
    page.goto(project_page(owner))
    page.get_by_role("link", name="Add a member").click()
    page.select_option("[name=user]", label=name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name=f"Remove {name}")).to_be_visible()


def change_password(page: Page) -> None:
    """By keyboard, from the menu below one's name."""
    menu = page.get_by_role("button", expanded=False).filter(has_text="unfold_more")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Change password").focus()
    page.keyboard.press("Enter")
    page.fill("[name=old_password]", PASSWORD)
    page.fill("[name=new_password1]", NEW_PASSWORD)
    page.fill("[name=new_password2]", NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page).to_have_url(re.compile("password_change/done"))


def test_a_new_member_gets_in_sees_their_project_and_goes_again(
    page: Page, new_context: NewContext, owner: Person, server: Server
) -> None:
    name = f"nina-{uuid4().hex[:8]}"
    make_account(page, name)
    add_to_project(page, owner, name)
    ninas: BrowserContext = new_context(None)
    theirs, elsewhere = ninas.new_page(), new_context(None).new_page()
    log_in(theirs, name, PASSWORD)
    log_in(elsewhere, name, PASSWORD)
    theirs.goto("/admin/account/")
    expect(theirs.get_by_text("You may look at things and change them in the projects")).to_be_visible()
    axe(theirs, is_whole=False)
    theirs.goto("/admin/storage/project/")
    expect(theirs.locator("#result_list tbody tr")).to_have_count(1)
    change_password(theirs)
    theirs.goto("/admin/account/")
    expect(theirs.get_by_role("heading", name="Rights")).to_be_visible()
    elsewhere.goto("/admin/account/")
    expect(elsewhere.locator("[name=password]")).to_be_visible()
    page.get_by_role("link", name=f"Remove {name}").click()
    page.get_by_role("button", name="Remove member").click()
    expect(page.get_by_text("They no longer work in the project.")).to_be_visible()
    theirs.goto("/admin/storage/project/")
    expect(theirs.locator("#result_list")).to_have_count(0)


def test_a_viewer_is_offered_no_change(viewer_page: Page, owner: Person) -> None:
    viewer_page.goto(project_page(owner))
    expect(viewer_page.get_by_role("heading", name="Members")).to_be_visible()
    change = re.compile("delete|remove|add|new |edit|create|load data", re.IGNORECASE)
    for role in ("link", "button"):
        offered = viewer_page.locator("#content").get_by_role(role, name=change).all_inner_texts()  # type: ignore[arg-type]
        assert offered == []
    expect(viewer_page.locator("a.addlink")).to_have_count(0)


def test_the_audit_log_tells_who_did_what(page: Page, owner: Person) -> None:
    owner.load("id,amount,note\n1,x,\n", "orders")
    page.goto("/admin/storage/event/")
    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("From")).to_be_focused()
    page.get_by_label("From").fill("2020-01-01T00:00")
    page.locator("[name=project]").fill(owner.project_id)
    axe(page, is_whole=False)
    page.get_by_role("button", name="Apply Filters").click()
    expect(page).to_have_url(re.compile(r"timestamp__gte=20(19|20)-"))
    rows = page.locator("#result_list tbody tr")
    expect(rows.filter(has_text="import_failed")).to_have_count(1)
    rows.filter(has_text="import_failed").locator("a").first.click()
    expect(page.get_by_role("alert")).to_contain_text("import_failed")
    page.get_by_role("link", name="This project").click()
    expect(rows.filter(has_text="Create table")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert owner.project_id in download.value.path().read_text()

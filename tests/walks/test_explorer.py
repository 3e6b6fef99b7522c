"""Walks through the explorer, by keyboard alone, and through the life of a branch."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.cast import Person
from tests.walks.axe import axe


def focused(page: Page) -> str:
    """The item of the tree that has the focus."""
    return page.evaluate("(({ kind, label }) => `${kind} ${label}`)(document.activeElement.dataset)")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_explorer_is_walked_by_keyboard(page: Page, owner: Person) -> None:
    branch = owner.make_branch("new-checkout")
    Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=branch).load(
        "id,amount,note\n1,2.50,x\n", "orders"
    ).raise_for_status()
    page.goto(f"/admin/explorer/?project={owner.project_id}")
    project = page.get_by_role("treeitem", name=f"project {owner.project_id}")
    expect(project).to_have_attribute("aria-expanded", "true")
    expect(project.get_by_role("treeitem", name="branch main")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("checkout")
    expect(page.get_by_role("treeitem", name="branch main")).to_have_count(0)
    press(page, "ArrowDown", "ArrowDown")
    assert focused(page) == "branch new-checkout"
    press(page, "ArrowRight")
    bucket = page.get_by_role("treeitem", name="bucket in.c-sales")
    expect(bucket).to_contain_text("1 own table")
    press(page, "ArrowRight", "ArrowRight")
    table = bucket.get_by_role("treeitem", name="table orders")
    expect(table).to_contain_text("branch copy")
    axe(page)
    press(page, "ArrowRight")
    assert focused(page) == "table orders"
    press(page, "ArrowLeft", "ArrowLeft")
    expect(bucket).to_have_attribute("aria-expanded", "false")
    press(page, "ArrowRight", "ArrowRight", "Enter")
    expect(page).to_have_url(re.compile("/storage/table/"))


def test_what_was_open_is_open_again(page: Page, owner: Person) -> None:
    page.goto(f"/admin/explorer/?project={owner.project_id}&branch=default")
    bucket = page.get_by_role("treeitem", name=f"project {owner.project_id}").get_by_role(
        "treeitem", name="bucket in.c-sales"
    )
    bucket.click()
    expect(bucket.get_by_role("treeitem", name="table orders")).to_be_visible()
    page.goto("/admin/explorer/")
    expect(bucket.get_by_role("treeitem", name="table orders")).to_be_visible()


def test_a_branch_lives_from_its_making_to_its_end(page: Page, owner: Person) -> None:
    page.goto(f"/admin/storage/project/{owner.project_id}/change/")
    axe(page)
    page.get_by_role("link", name="New branch").click()
    expect(page.get_by_label("Project")).to_have_value(owner.project_id or "")
    page.get_by_label("Name").fill("try-it")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("reads everything from main")).to_be_visible()
    branch_id = page.url.split("/")[-3]
    Person(owner.server, key=owner.key, project_id=owner.project_id, branch_id=branch_id).load(
        "id,amount,note\n1,2.50,x\n2,3.50,y\n", "orders"
    ).raise_for_status()
    page.reload()
    axe(page)
    page.goto("/admin/storage/bucket/?q=" + (owner.project_id or ""))
    page.get_by_role("link", name="in.c-sales").first.click()
    expect(page.get_by_role("link", name="try-it")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="try-it").click()
    page.get_by_role("link", name="Compare the rows of orders").click()
    page.get_by_role("button", name="Compare the rows").click()
    expect(page.get_by_text("to version 1 of the branch")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Push").click()
    axe(page)
    page.get_by_role("button", name="Push to main").click()
    expect(page.get_by_text("in.c-sales.orders is in main now.")).to_be_visible()
    assert len(owner.rows("orders")) == 2
    page.get_by_role("link", name="Delete branch").click()
    page.get_by_role("button", name="Delete branch").click()
    expect(page.get_by_text("success").first).to_be_visible()


def test_a_viewer_finds_no_button_to_change_anything(viewer_page: Page, owner: Person) -> None:
    branch = owner.make_branch("seen")
    viewer_page.goto(f"/admin/storage/branch/{branch}/change/")
    expect(viewer_page.get_by_role("heading", name="Compared with main")).to_be_visible()
    expect(viewer_page.get_by_role("link", name="Delete branch")).to_have_count(0)
    viewer_page.goto(f"/admin/storage/project/{owner.project_id}/change/")
    expect(viewer_page.get_by_role("link", name="in.c-sales")).to_be_visible()
    for name in ("New bucket", "New branch", "New key", "Edit", "Delete project", "Load data"):
        expect(viewer_page.get_by_role("link", name=name, exact=True)).to_have_count(0)

"""What somebody finds on the page of a table, and does there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.cast import Person
from tests.walks.axe import axe

ATTACK = "<script>alert(1)</script> \"quoted\" 'x' 🐎"


def open_table(page: Page, name: str) -> None:
    page.goto(f"/admin/storage/table/?q={name}")
    page.locator("#result_list a", has_text=re.compile(f"^{name}$")).first.click()
    expect(page.locator("#tab-preview")).to_have_attribute("aria-current", "page")


def values(page: Page, column: int) -> Locator:
    return page.locator(f".kb-grid tbody td:nth-child({column + 1})")


def test_a_table_page_shows_rows_as_they_are(page: Page, owner: Person) -> None:
    rows = f'id,amount,note\n1,10.50,\n2,-3,""\n3,0,"{ATTACK.replace(chr(34), chr(34) * 2)}"\n4,1,{"long " * 50}\n'
    owner.load(rows, "orders").raise_for_status()
    page.goto(f"/admin/storage/project/{owner.project_id.replace('_', '_5F')}/change/")
    page.get_by_role("link", name="in.c-sales", exact=True).first.click()
    page.get_by_role("link", name="orders", exact=True).first.click()
    expect(page.locator(".kb-grid tbody tr")).to_have_count(4)
    expect(values(page, 2).first).to_have_text("10.50")
    expect(values(page, 2).first).to_have_css("text-align", "right")
    expect(values(page, 3).nth(0).locator(".kb-null")).to_have_text("NULL")
    expect(values(page, 3).nth(1)).to_have_text("")
    expect(values(page, 3).nth(2)).to_have_text(ATTACK)
    page.get_by_role("button", name="4", exact=True).click()
    expect(page.locator(".kb-record dd").nth(2)).to_have_text("long " * 50)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()


def test_a_wide_table_scrolls_inside_its_box(page: Page, owner: Person) -> None:
    names = [f"column_{number}" for number in range(100)]
    owner.make_table("in.c-sales", "wide", dict.fromkeys(names, "INTEGER"))
    owner.load(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n", "wide").raise_for_status()
    page.set_viewport_size({"width": 800, "height": 900})
    open_table(page, "wide")
    assert page.locator(".kb-grid-box").evaluate("box => box.scrollWidth > 5 * box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    page.get_by_role("navigation", name="Columns").get_by_role("link", name="61–100").click()
    expect(page.locator(".kb-grid thead th").nth(1)).to_contain_text("column_60")


def test_rows_are_paged_sorted_and_filtered_in_place(page: Page, owner: Person) -> None:
    lines = "".join(f"{number},{number % 7}.25,note {number}\n" for number in range(1, 251))
    owner.load(f"id,amount,note\n{lines}", "orders").raise_for_status()
    open_table(page, "orders")
    page.evaluate("window.isTheSamePage = true")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("status")).to_have_text("101–200 of 250 rows")
    page.locator(".kb-sort", has_text="id").click()
    expect(page.get_by_role("columnheader", name="id")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Enter")  # the focus stays on the header
    expect(values(page, 1).first).to_have_text("250")
    page.get_by_label("Column to filter by").select_option("amount")
    page.get_by_label("Comparison").select_option("≥")
    page.get_by_label("Value to compare with").fill("6")
    page.get_by_label("Value to compare with").press("Enter")
    expect(page.get_by_role("status")).to_have_text("1–35 of 35 rows")
    page.get_by_label("Condition in SQL").fill("id < 50 AND note LIKE '%1%'")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status")).to_have_text("1–2 of 2 rows")
    assert "sort=id" in page.url
    page.get_by_role("link", name="Remove filter amount ≥ 6").click()
    expect(page.locator(".kb-chip")).to_have_count(1)
    expect(page.locator("#tab-preview")).to_be_focused()
    assert "note 1" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.get_by_label("Condition in SQL").fill("id <")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Invalid WHERE clause")
    assert page.evaluate("window.isTheSamePage === true")


def test_a_profile_is_made_and_drawn(page: Page, owner: Person) -> None:
    lines = "".join(f"{number},{number * number / 100},{'' if number % 3 else 'x'}\n" for number in range(1, 301))
    owner.load(f"id,amount,note\n{lines}", "orders").raise_for_status()
    open_table(page, "orders")
    page.locator("#tab-profile").click()
    page.get_by_role("button", name="Profile this table").click()
    expect(page.get_by_role("img", name=re.compile("Quality score"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Histogram of amount"))).to_be_visible()
    expect(page.get_by_role("region", name="note")).to_contain_text("66.67 % NULL")
    expect(page.get_by_text("amount and id").or_(page.get_by_text("id and amount"))).to_be_visible()


def test_versions_are_compared_and_one_is_restored(page: Page, owner: Person) -> None:
    owner.make_table("in.c-sales", "prices", {"id": "INTEGER", "price": "DOUBLE"}, ["id"])
    owner.load("id,price\n1,1\n2,2\n3,3\n", "prices").raise_for_status()
    owner.load("id,price\n2,2.5\n4,4\n", "prices", incremental=True).raise_for_status()
    open_table(page, "prices")
    page.locator("#tab-history").click()
    page.get_by_role("button", name="Compare the two").click()
    counts = page.locator(".kb-counts dd")
    expect(counts).to_have_text(["1", "0", "1", "2"])
    expect(page.locator(".kb-before").first).to_have_text("2.0")
    expect(page.locator(".kb-after").first).to_have_text("2.5")
    axe(page, is_whole=False)
    page.get_by_role("link", name="Restore version 2").click()
    expect(page.get_by_text("3 rows as of version 2, instead of 4 rows")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("row", name=re.compile("^.*Restore current"))).to_contain_text("-1")
    assert len(owner.rows("prices")) == 3


def test_a_snapshot_is_taken_and_brought_back(page: Page, owner: Person) -> None:
    owner.load("id,amount,note\n1,1,a\n", "orders").raise_for_status()
    open_table(page, "orders")
    page.locator("#tab-snapshots").click()
    page.get_by_label("New snapshot").fill(ATTACK)
    page.get_by_role("button", name="Take snapshot").click()
    expect(page.get_by_role("cell", name=ATTACK)).to_be_visible()
    owner.load("id,amount,note\n2,2,b\n", "orders").raise_for_status()
    page.get_by_role("link", name="Restore", exact=True).click()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator('[data-job-field="state"]').first).to_have_text("success")
    assert [row[0] for row in owner.rows("orders")] == [1]


def test_a_viewer_finds_nothing_to_change(viewer_page: Page, owner: Person) -> None:
    owner.load("id,amount,note\n1,1,a\n", "orders").raise_for_status()
    viewer_page.goto("/admin/storage/table/?q=orders")
    viewer_page.locator("#result_list a", has_text="orders").first.click()
    for tab in ("columns", "profile", "history", "snapshots", "sharing", "jobs", "snippets"):
        viewer_page.locator(f"#tab-{tab}").click()
        expect(viewer_page.locator(f"#tab-{tab}")).to_have_attribute("aria-current", "page")
        expect(viewer_page.locator(".kb-tab-body form")).to_have_count(0)
        expect(viewer_page.get_by_role("link", name=re.compile("Restore|Delete|Stop"))).to_have_count(0)


def test_who_was_logged_out_meanwhile_is_led_to_the_login(page: Page, owner: Person) -> None:
    open_table(page, "orders")
    page.context.clear_cookies()
    page.locator("#tab-columns").click()
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_failure_of_the_server_is_said(page: Page, owner: Person, problems: list[str]) -> None:
    open_table(page, "orders")
    page.route("**/change/?tab=columns", lambda route: route.fulfill(status=503, body="away"))
    page.locator("#tab-columns").click()
    expect(page.get_by_role("alert")).to_have_text("The server answered 503. Try again in a moment.")
    problems.clear()

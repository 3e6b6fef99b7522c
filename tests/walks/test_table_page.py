"""What somebody finds on the page of a table."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.cast import Person

ATTACK = "<script>alert(1)</script> \"quoted\" 'x' 🐎"


def test_a_table_page_shows_schema_rows_and_history(page: Page, owner: Person) -> None:
    rows = f'id,amount,note\n1,10.50,\n2,-3,""\n3,0,"{ATTACK.replace(chr(34), chr(34) * 2)}"\n4,1,{"long " * 50}\n'
    owner.load(rows, "orders").raise_for_status()
    page.goto(f"/admin/storage/project/{owner.project_id.replace('_', '_5F')}/change/")
    page.get_by_role("link", name="in.c-sales", exact=True).click()
    page.get_by_role("link", name="orders", exact=True).click()
    expect(page.locator(".kb-grid tbody tr")).to_have_count(4)
    cells = page.locator(".kb-grid tbody td")
    expect(cells.nth(1)).to_have_text("10.50")
    expect(cells.nth(1)).to_have_css("text-align", "right")
    expect(cells.nth(2).locator(".kb-null")).to_have_text("NULL")
    expect(cells.nth(5)).to_have_text("")
    expect(cells.nth(8)).to_have_text(ATTACK)
    assert cells.nth(11).get_attribute("title").startswith("long long")
    expect(page.get_by_text("current", exact=True)).to_be_visible()


def test_a_wide_table_scrolls_inside_its_box(page: Page, owner: Person) -> None:
    names = [f"column_{number}" for number in range(200)]
    owner.make_table("in.c-sales", "wide", dict.fromkeys(names, "INTEGER"))
    owner.load(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n", "wide").raise_for_status()
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto("/admin/storage/table/?q=wide")
    page.locator("#result_list a", has_text="wide").first.click()
    box = page.locator(".kb-grid-box")
    expect(box).to_be_visible()
    assert box.evaluate("box => box.scrollWidth > 5 * box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 800

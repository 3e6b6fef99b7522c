"""Somebody with an address and a CSV file gets a loaded table; and what a wrong file says."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.cast import Person
from tests.walks.axe import axe

ROWS = "order_id;customer;amount;ordered\n" + "".join(
    f'{number};"Novák, {number}";{number}.50;2024-01-02\n' for number in range(120_000)
)
#: In the page: a route of Playwright's would carry each part through its own connection.
BREAK_SECOND_PART = """
const send = XMLHttpRequest.prototype.send;
let parts = 0;
XMLHttpRequest.prototype.send = function (body) {
  if (body instanceof Blob && (parts += 1) === 2) setTimeout(() => this.dispatchEvent(new Event("error")));
  else send.call(this, body);
};
"""


def test_a_file_is_loaded_watched_and_exported(member_page: Page, owner: Person, tmp_path: Path) -> None:
    page = member_page
    path = tmp_path / "Orders 2024.csv"
    path.write_text(ROWS)
    page.goto("/admin/")
    page.get_by_role("link", name="Load data").first.click()
    page.set_input_files("[data-upload-input]", path)
    expect(page.get_by_label("Between values")).to_have_value(";")
    expect(page.get_by_label("Type of column 3")).to_have_value("DOUBLE")
    expect(page.get_by_label("Table", exact=True)).to_have_value("Orders_2024")
    axe(page)
    page.get_by_label("Column 1 belongs to the key").check()
    page.get_by_label("Type of column 3").select_option("DECIMAL(18,2)")
    expect(page.locator(".kb-grid thead")).to_contain_text("DECIMAL(18,2)")
    expect(page.get_by_label("Column 1 belongs to the key")).to_be_checked()
    page.get_by_role("button", name="Load about").click()
    expect(page.get_by_role("heading", name="120,000 rows loaded")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuenow", "100")
    axe(page)
    page.get_by_role("link", name="Look at the table").click()
    expect(page.get_by_role("heading", name="Orders_2024")).to_be_visible()
    page.get_by_role("link", name="Export").click()
    page.get_by_label("Only rows where").fill("order_id < 10")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 11


def test_a_row_that_does_not_fit_is_named_and_the_load_tried_again(page: Page, owner: Person, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("id,amount,note\n" + "1,2.5,x\n" * 30 + "2,much,<script>alert(1)</script>\n")
    page.goto(f"/admin/load/?project={owner.project_id}&bucket=in.c-sales&table=orders")
    page.set_input_files("[data-upload-input]", path)
    expect(page.get_by_text("Existing table of 0 rows")).to_be_visible()
    page.get_by_role("button", name="Load 31 rows").click()
    row = page.get_by_role("row", name="line 32 amount much DECIMAL(10,2)")
    expect(row).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Change the settings").click()
    page.get_by_label("Table", exact=True).fill("orders_as_text")
    page.get_by_label("Table", exact=True).blur()
    expect(page.get_by_text("The table will be made")).to_be_visible()
    page.get_by_role("button", name="Load 31 rows").click()
    expect(page.get_by_role("heading", name="31 rows loaded")).to_be_visible()


def test_an_upload_goes_on_after_the_connection_broke(page: Page, owner: Person, tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    path.write_bytes(bytes(20 << 20))
    starts: list[str | None] = []
    page.on("request", lambda request: request.method == "PUT" and starts.append(request.headers.get("x-part-start")))
    page.add_init_script(BREAK_SECOND_PART)
    page.goto(f"/admin/upload/?project={owner.project_id}")
    page.set_input_files("[data-upload-input]", path)
    page.get_by_role("link", name="Open", exact=True).click()
    expect(page.get_by_text("21.0 MB")).to_be_visible()
    # After the break it asks how far the file has come, and goes on from there.
    assert starts == ["0", None, str(8 << 20), str(16 << 20)]

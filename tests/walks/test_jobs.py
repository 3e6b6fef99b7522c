"""Jobs move on the pages that show them, and say how they ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.cast import TABLE, Person, Server
from tests.walks.job_rows import insert_job, set_job


def mark(page: Page) -> None:
    """A page that was reloaded has lost this."""
    page.evaluate("window.isTheSamePage = true")


def is_marked(page: Page) -> bool:
    return page.evaluate("window.isTheSamePage === true")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_jobs_bar_moves_without_a_reload(
    transport: str, page: Page, context: BrowserContext, owner: Person, server: Server
) -> None:
    if transport == "polling":
        context.add_init_script("window.WebSocket = function () { throw new Error('blocked'); }")
    job_id = insert_job(server, owner.project_id, 0.1)
    page.goto(f"/admin/storage/job/{job_id}/change/")
    bar = page.get_by_role("progressbar", name="Progress")
    expect(bar).to_have_attribute("aria-valuenow", "10")
    mark(page)
    set_job(server, job_id, "processing", 0.62, 1234)
    expect(bar).to_have_attribute("aria-valuenow", "62")
    expect(page.locator('[data-job-field="rows"]')).to_have_text("1,234")
    set_job(server, job_id, "success", 1.0, 5678)
    expect(page.locator('[data-job-field="state"]')).to_have_text("success")
    expect(page.get_by_role("link", name="Cancel job")).to_have_count(0)
    expect(page.locator('[data-job-field="rows"]')).to_have_text("5,678")
    assert is_marked(page)


def test_every_unfinished_job_of_a_list_moves(page: Page, owner: Person, server: Server) -> None:
    first, second = (insert_job(server, owner.project_id, 0.0) for _ in range(2))
    page.goto(f"/admin/storage/job/?q={owner.project_id}")
    mark(page)
    set_job(server, first, "processing", 0.33, 1)
    set_job(server, second, "error", 0.66, 2)
    expect(page.locator(f'[data-job="{first}"] progress')).to_have_attribute("value", "33")
    expect(page.locator(f'[data-job="{second}"][data-job-field="state"]')).to_have_text("error")
    assert is_marked(page)


def test_a_real_import_is_watched_to_its_end(page: Page, owner: Person) -> None:
    rows = "id,amount,note\n" + "".join(f"{number},1.5,some text\n" for number in range(200_000))
    file_id = owner.upload(rows)
    reply = owner.post(
        TABLE + "/import/file",
        bucket="in.c-sales",
        table="orders",
        json={"file_id": file_id},
        headers={"Prefer": "respond-async"},
    )
    page.goto(f"/admin/storage/job/{reply.json()['id']}/change/")
    expect(page.locator('[data-job-field="state"]')).to_have_text("success")
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    expect(page.get_by_role("row", name="Table rows after 200,000")).to_be_visible()


def test_a_failed_job_says_why(page: Page, owner: Person) -> None:
    assert owner.load("id,amount,note\n1,x,<script>alert(1)</script>\n", "orders").status_code == 400
    page.goto(f"/admin/storage/job/?q={owner.project_id}")
    page.locator("#result_list a", has_text="Import").first.click()
    expect(page.get_by_role("alert")).to_contain_text("column amount")
    expect(page.get_by_text("import_failed")).to_be_visible()


def test_a_new_job_joins_the_list_and_its_failure_is_seen(page: Page, owner: Person, server: Server) -> None:
    page.goto(f"/admin/storage/job/?q={owner.project_id}")
    expect(page.locator("#result_list")).to_have_count(0)
    mark(page)
    job_id = insert_job(server, owner.project_id, 0.4)
    row = page.locator("#result_list tbody tr")
    expect(row.locator("progress")).to_have_attribute("value", "40")
    set_job(server, job_id, "error", 0.4, 1)
    server.execute("UPDATE storage_job SET error = ? WHERE id = ?", '{"message": "Row 7 is bad."}', job_id)
    expect(row.locator('[data-job-field="state"]')).to_have_text("error")
    expect(row).to_contain_text("Row 7 is bad.")
    assert is_marked(page)


def test_a_failed_job_is_done_again(page: Page, owner: Person) -> None:
    assert owner.load("id,amount,note\n1,x,\n", "orders").status_code == 400
    page.goto(f"/admin/storage/job/?q={owner.project_id}")
    page.locator("#result_list a", has_text="Import").first.click()
    page.get_by_role("link", name="Do it again").click()
    page.get_by_role("button", name="Do it again").click()
    expect(page.get_by_text("A new job was started.")).to_be_visible()
    expect(page.get_by_text("in place of job")).to_be_visible()
    expect(page.locator('[data-job-field="state"]')).to_have_text("error")
    expect(page.get_by_role("link", name="Do it again")).to_be_visible()
    assert owner.get("/projects/{p}/jobs").json()["total"] == 2

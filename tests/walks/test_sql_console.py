"""From nothing to a SQL result: a workspace, its credentials, statements that run, fail, are cancelled, downloaded."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.cast import Person, Server
from tests.walks.axe import axe

ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"
ATTACK = "<img src=x onerror=alert(1)>"


def write(page: Page, sql: str) -> None:
    editor = page.get_by_role("textbox", name="SQL", exact=True)
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(sql)


def run(page: Page, sql: str) -> None:
    write(page, sql)
    page.keyboard.press("Control+Enter")


def test_a_newcomer_gets_from_a_table_to_its_rows(page: Page, owner: Person, problems: list[str]) -> None:
    owner.load(f"id,amount,note\n1,10.5,{ATTACK}\n2,3,\n", "orders").raise_for_status()
    page.goto(f"/admin/sql/?project={owner.project_id}&bucket=in.c-sales&table=orders")
    page.get_by_role("button", name="Create a workspace and open it").click()
    rows = page.get_by_role("region", name="Rows")
    expect(rows.locator("tbody tr")).to_have_count(2)
    expect(rows.locator("tbody td").nth(2)).to_have_text(ATTACK)
    expect(page.locator("#sql-status")).to_contain_text("2 rows")
    axe(page)

    # Names are completed; only what is selected runs.
    write(page, "SELECT 1;\nSELECT note FROM ")
    page.keyboard.type("orde")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("in_c_sales")
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).to_contain_text("FROM in_c_sales.orders")
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Control+Enter")
    expect(rows.locator("thead th").nth(1)).to_contain_text("note")

    # A wrong one is told where, and nothing is lost.
    run(page, "SELECT nothing FROM in_c_sales.orders")
    expect(page.get_by_role("alert")).to_contain_text('column "nothing" does not exist')
    expect(page.locator(".cm-lintRange-error")).to_have_text("nothing")
    assert all("400" in problem for problem in problems)
    problems.clear()

    page.get_by_role("tab", name="History").click()
    expect(page.locator(".kb-sql-past")).to_have_count(3)
    page.locator(".kb-sql-past").last.click()
    expect(page.locator(".cm-content")).to_contain_text("LIMIT 100")


def test_a_statement_is_cancelled_measured_drawn_and_downloaded(page: Page, owner: Person) -> None:
    owner.load("id,amount,note\n" + "".join(f"{n},{n}.5,n{n % 3}\n" for n in range(3000)), "orders").raise_for_status()
    workspace_id = owner.post("/projects/{p}/workspaces", json={"name": "lab"}).json()["id"]
    page.goto(f"/admin/sql/?workspace={workspace_id}")
    run(page, ENDLESS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#sql-status")).to_contain_text("Cancelled")
    sessions = "/projects/{p}/workspaces/{id}/sessions"
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()

    run(page, "SELECT note, count(*) AS orders FROM in_c_sales.orders GROUP BY 1 ORDER BY 1")
    expect(page.locator("#sql-status")).to_contain_text("3 rows")
    page.get_by_role("tab", name="Chart").click()
    expect(page.get_by_role("img", name="orders by note")).to_be_visible()
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("region", name="Plan")).to_contain_text("in_c_sales.orders")
    axe(page)

    run(page, "FROM in_c_sales.orders")
    expect(page.locator("#sql-status")).to_contain_text("1,000+ rows")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 3001
    assert owner.get(sessions, id=workspace_id, params={"status": "active"}).json()["count"] == 0


def test_a_workspaces_credentials_are_shown_once_and_work(page: Page, owner: Person, server: Server) -> None:
    page.goto(f"/admin/workspaces/workspace/add/?project={owner.project_id}")
    page.fill("[name=name]", ATTACK)
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Copy URL with the password").click()
    url = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    login = {"username": url.username, "password": url.password}
    workspace_id = server.http.post("/internal/pgwire/auth", json=login).raise_for_status().json()["workspace_id"]
    # Who is connected appears by itself, and can be shown the door.
    session = {"session_id": f"{workspace_id}-1", "workspace_id": workspace_id}
    server.http.post("/internal/pgwire/sessions", json=session).raise_for_status()
    page.get_by_role("link", name="Disconnect", exact=True).click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("The session was disconnected.")).to_be_visible()
    page.get_by_role("link", name=f"({workspace_id})").click()
    expect(page.get_by_role("heading", name="Connect")).to_be_visible()
    assert page.locator("#new-secret").count() == 0
    axe(page)


def test_a_viewer_reads_and_changes_nothing(viewer_page: Page, owner: Person, problems: list[str]) -> None:
    workspace_id = owner.post("/projects/{p}/workspaces", json={"name": "lab"}).json()["id"]
    viewer_page.goto(f"/admin/sql/?workspace={workspace_id}")
    expect(viewer_page.get_by_text("read only")).to_be_visible()
    run(viewer_page, "SELECT 6 * 7 AS answer")
    expect(viewer_page.get_by_role("region", name="Rows").locator("tbody td")).to_have_text("42")
    run(viewer_page, "CREATE TABLE mine (n INT)")
    expect(viewer_page.get_by_role("alert")).to_be_visible()
    problems.clear()
    viewer_page.get_by_role("link", name="Connection and sessions").click()
    expect(viewer_page.get_by_role("heading", name="Connect")).to_be_visible()
    assert viewer_page.get_by_role("link", name="Delete workspace").count() == 0
    assert viewer_page.get_by_role("link", name="Load tables").count() == 0

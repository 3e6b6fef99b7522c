"""An operator's walk through the console, in a real browser, against a real server.

The browser lives as long as this module: Playwright's event loop must not run when other tests use Django's ORM.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.cast import ADMIN_KEY, TABLE, Person, Server, new_project, start_server

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "operator-password"
ATTACK = "<script>alert(1)</script> \"quoted\" 'x' 🐎"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: `make chromium` installs it")


@pytest.fixture(scope="module")
def console_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("console")
    running = start_server(directory, KBSTORE_OPERATOR_PASSWORD=PASSWORD)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session(browser: Browser, console_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of somebody who has logged in."""
    path = tmp_path_factory.mktemp("session") / "state.json"
    context = browser.new_context(base_url=console_server.url)
    log_in(context.new_page())
    context.storage_state(path=path)
    context.close()
    return path


def log_in(page: Page) -> None:
    page.goto("/admin/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


@pytest.fixture
def context(browser: Browser, console_server: Server, session: Path) -> Iterator[BrowserContext]:
    """A logged-in browser; a dialog, an error of a script or a request to another host fails the test."""
    context = browser.new_context(
        base_url=console_server.url, storage_state=session, viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(20_000)
    problems: list[str] = []
    context.on("request", lambda request: is_foreign(request.url, console_server) and problems.append(request.url))
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    yield context
    context.close()
    assert problems == []


def is_foreign(url: str, server: Server) -> bool:
    return not url.startswith((server.url, "data:", "blob:"))


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def owner(console_server: Server) -> Iterator[Person]:
    """Has a project with a bucket and a table `orders`."""
    with new_project(console_server) as owner:
        owner.make_table(owner.make_bucket(), "orders", {"id": "INTEGER", "amount": "DECIMAL(10,2)", "note": "VARCHAR"})
        yield owner


def insert_job(server: Server, project_id: str, progress: float) -> str:
    """A job that some other process works on, as its row says."""
    job_id = f"{time.monotonic_ns():032x}"
    server.execute(
        "INSERT INTO storage_job (id, project_id, type, state, progress, params, bucket_name, table_name, requested_by,"
        " request_id, client_address, worker, created_at, started_at, heartbeat_at) VALUES (?, ?, 'table_import',"
        " 'processing', ?, '{}', 'in.c-sales', 'orders', '', '', '', 'elsewhere', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,"
        " '2099-01-01 00:00:00')",
        job_id,
        project_id,
        progress,
    )
    return job_id


def set_job(server: Server, job_id: str, state: str, progress: float, rows: int) -> None:
    server.execute(
        "UPDATE storage_job SET state = ?, progress = ?, rows = ?, finished_at ="
        " CASE ? WHEN 'processing' THEN NULL ELSE CURRENT_TIMESTAMP END WHERE id = ?",
        state,
        progress,
        rows,
        state,
        job_id,
    )


def mark(page: Page) -> None:
    """A page that was reloaded has lost this."""
    page.evaluate("window.isTheSamePage = true")


def is_marked(page: Page) -> bool:
    return page.evaluate("window.isTheSamePage === true")


def test_a_wrong_password_does_not_open_the_console(browser: Browser, console_server: Server) -> None:
    with browser.new_context(base_url=console_server.url) as context:
        page = context.new_page()
        page.goto("/admin/storage/project/")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", "wrong")
        page.click("button[type=submit]")
        expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()


def test_a_new_projects_key_is_shown_once_and_works(page: Page, console_server: Server) -> None:
    page.goto("/admin/storage/project/")
    page.locator("a.addlink").click()
    page.fill("[name=project_id]", "walked")
    page.fill("[name=name]", ATTACK)
    page.get_by_role("button", name="Create").click()
    secret = page.locator("#new-secret").inner_text()
    assert re.fullmatch(r"proj_walked_admin_[0-9a-f]{32}", secret)
    assert secret not in page.url
    assert Person(console_server, key=secret, project_id="walked").get("/projects/{p}").json()["name"] == ATTACK
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copy-label]")).to_have_text("Copied")
    page.reload()
    expect(page.get_by_role("heading", name=ATTACK)).to_be_visible()
    assert page.locator("#new-secret").count() == 0
    assert secret not in page.content()


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


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_jobs_bar_moves_without_a_reload(
    transport: str, page: Page, context: BrowserContext, owner: Person, console_server: Server
) -> None:
    if transport == "polling":
        context.add_init_script("window.WebSocket = function () { throw new Error('blocked'); }")
    job_id = insert_job(console_server, owner.project_id, 0.1)
    page.goto(f"/admin/storage/job/{job_id}/change/")
    bar = page.get_by_role("progressbar", name="Progress")
    expect(bar).to_have_attribute("aria-valuenow", "10")
    mark(page)
    set_job(console_server, job_id, "processing", 0.62, 1234)
    expect(bar).to_have_attribute("aria-valuenow", "62")
    expect(page.locator('[data-job-field="rows"]')).to_have_text("1,234")
    set_job(console_server, job_id, "success", 1.0, 5678)
    expect(page.locator('[data-job-field="state"]')).to_have_text("success")
    expect(page.get_by_role("link", name="Cancel job")).to_have_count(0)
    expect(page.locator('[data-job-field="rows"]')).to_have_text("5,678")
    assert is_marked(page)


def test_every_unfinished_job_of_a_list_moves(page: Page, owner: Person, console_server: Server) -> None:
    first, second = (insert_job(console_server, owner.project_id, 0.0) for _ in range(2))
    page.goto(f"/admin/storage/job/?q={owner.project_id}")
    mark(page)
    set_job(console_server, first, "processing", 0.33, 1)
    set_job(console_server, second, "error", 0.66, 2)
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


def test_a_key_is_created_for_a_project_and_shown_once(page: Page, owner: Person) -> None:
    page.goto(f"/admin/storage/apikey/add/?project={owner.project_id}")
    page.fill("[name=description]", "walk")
    page.fill("[name=expires_in_days]", "7")
    page.get_by_role("button", name="Create").click()
    key = page.locator("#new-secret").inner_text()
    assert Person(owner.server, key=key, project_id=owner.project_id).get("/projects/{p}").status_code == 200
    page.reload()
    assert page.locator("#new-secret").count() == 0


def test_a_file_is_downloaded_as_it_was_uploaded(page: Page, owner: Person) -> None:
    content = "id\n" + "1\n" * 300_000
    owner.upload(content, "down load é.csv")
    page.goto(f"/admin/files/file/?q={owner.project_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text() == content
    assert download.value.suggested_filename == "down load é.csv"


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


def test_console_pages_carry_no_cors_headers(console_server: Server) -> None:
    reply = console_server.http.get("/admin/login/", headers={"Origin": "http://elsewhere.example"})
    assert not [name for name in reply.headers if name.lower().startswith("access-control")]


def test_the_admin_key_opens_no_console(console_server: Server) -> None:
    reply = console_server.http.get("/admin/", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert reply.status_code == 302

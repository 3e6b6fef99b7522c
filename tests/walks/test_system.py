"""An operator's morning: the dashboard moves, the doctor looks, a backup is taken, the metrics are drawn."""

from __future__ import annotations

import fcntl
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from storage.upkeep.runs import Run
from tests.cast import Person, Server
from tests.walks.axe import axe
from tests.walks.test_jobs import insert_job, is_marked, mark, set_job

#: Whether anything has been drawn.
IS_DRAWN = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"


def test_the_dashboard_shows_what_happens_while_it_is_open(page: Page, owner: Person, server: Server) -> None:
    owner.load("id,amount,note\n1,1,x\n", "orders").raise_for_status()
    job_id = insert_job(server, owner.project_id, 0.1)
    page.goto("/admin/")
    mark(page)
    expect(page.get_by_role("list", name="What is up").get_by_role("link")).to_have_count(7)
    imports = page.get_by_role("img", name="Imports of the last 24 hours")
    assert imports.evaluate(IS_DRAWN)
    page.get_by_role("link", name="14 days").first.click()
    longer = page.get_by_role("img", name="Imports of the last 14 days")
    expect(longer).to_be_visible()
    page.wait_for_function(f"({IS_DRAWN})(document.querySelector('[data-source=chart-imports]'))")
    longer.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("status").filter(has_text="success: ")).to_have_count(1)
    set_job(server, job_id, "processing", 0.62, 1234)
    expect(page.locator(f'[data-job="{job_id}"] progress')).to_have_attribute("value", "62")
    assert is_marked(page)
    set_job(server, job_id, "success", 1.0, 1234)
    longer.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/storage/job/?*created_at__gte=*")


def test_the_installation_is_looked_after(page: Page) -> None:
    page.goto("/admin/system/doctor/")
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_role("heading", name="Findings")).to_be_visible()
    page.get_by_role("navigation", name="System").get_by_role("link", name="Backups").click()
    page.get_by_role("button", name="Take a backup now").click()
    verify = page.get_by_role("button", name="Verify kbstore-").first
    expect(verify).to_be_visible()
    verify.click()
    expect(page.get_by_role("cell", name="intact").first).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Delete kbstore-").first.click()
    name = page.locator("label b").inner_text()
    page.get_by_label("Type").fill(name)
    page.get_by_role("button", name="Delete backup").click()
    expect(page.get_by_text("The backup was deleted.")).to_be_visible()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_runs_bar_moves_without_a_reload(transport: str, page: Page, context: BrowserContext, server: Server) -> None:
    if transport == "polling":
        context.add_init_script("window.WebSocket = function () { throw new Error('blocked'); }")
    run = Run("doctor-" + uuid.uuid4().hex, "doctor", "somebody", {}, progress=0.1)
    with run_elsewhere(server, run):
        page.goto("/admin/system/doctor/")
        bar = page.get_by_role("progressbar", name="The doctor looks")
        expect(bar).to_have_attribute("aria-valuenow", "10")
        mark(page)
        run.progress, run.step = 0.62, "links"
        write(server, run)
        expect(bar).to_have_attribute("aria-valuenow", "62")
        expect(page.get_by_text("links", exact=True)).to_be_visible()
        assert is_marked(page)
        run.state, run.result = "success", {"tables": 1, "versions": 1, "findings": [], "finding_count": 0}
        run.result |= {"repaired": 0, "is_clean": True}
        write(server, run)
        expect(page.get_by_text("Every table has its file")).to_be_visible()


@contextmanager
def run_elsewhere(server: Server, run: Run) -> Iterator[None]:
    """The run as if another process of the installation did it: it holds the lock of its kind."""
    with (server.data_dir / "_locks" / f"upkeep-{run.kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write(server, run)
        yield


def write(server: Server, run: Run) -> None:
    path = server.data_dir / "_upkeep" / f"{run.id}.json"
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(run)))
    draft.replace(path)


def test_settings_are_found_and_metrics_move(page: Page) -> None:
    page.goto("/admin/system/settings/")
    page.get_by_label("Find").fill("pgwire ssl")
    expect(page.get_by_role("rowheader").filter(visible=True)).to_have_text(["PGWIRE_SSL_MODE"])
    page.goto("/admin/system/metrics/")
    expect(page.locator("[data-now=catalog_queries]")).not_to_have_text("–")
    page.wait_for_function(f"({IS_DRAWN})(document.querySelector('[data-source=live-catalog_queries]'))")

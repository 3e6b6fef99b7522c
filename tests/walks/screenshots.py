"""Pictures of the console's pages for the documentation: `make screenshots`, or with names of pages only those.

A server of its own, furnished as tests/walks/scene.py says; each page light and dark, on a wide screen and a small one.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.cast import Server, start_server
from tests.walks.browsers import CHROMIUM, FLAGS
from tests.walks.job_rows import insert_job, set_job
from tests.walks.people import OPERATOR, logged_in
from tests.walks.scene import Scene, furnish

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
HEIGHT = 900
WIDTHS = (1440, 1024)
THEMES = ("light", "dark")
ROWS = 5_000
QUERY = """SELECT country, count(*) AS orders, sum(amount) AS revenue
FROM in_c_sales.orders
WHERE state <> 'refunded'
GROUP BY country
ORDER BY revenue DESC"""


@dataclass(frozen=True)
class Stage:
    """The furnished server and the ids that addresses of its pages need."""

    server: Server
    scene: Scene
    table_id: int
    bucket_id: int
    file_id: str
    failed_job: str
    running_job: str


Pose = Callable[[Page, Stage], None]


def stay(_page: Page, _stage: Stage) -> None:
    """The page as it opens."""


def open_tree(page: Page, _stage: Stage) -> None:
    for name in ("branch main", "bucket in.c-sales"):
        page.get_by_role("treeitem", name=name).last.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_load_state("networkidle")
    expect(page.get_by_role("treeitem", name="table orders")).to_be_visible()


def run_query(page: Page, _stage: Stage) -> None:
    page.get_by_role("textbox", name="SQL", exact=True).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(QUERY)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sql-status")).to_contain_text("6 rows")


#: Where the server of the pictures seems to keep its data, and is reached.
SHOWN_DIRECTORY, SHOWN_ADDRESS = "/var/lib/kbstore", "kbstore.example:8000"
RENAME = """([from, to]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replaceAll(from, to);
}"""
RENAME_WHOLE = """([from, to]) => {
  for (const cell of document.querySelectorAll("td, dd")) if (cell.textContent.trim() === from) cell.textContent = to;
}"""


def hide_machine(page: Page, stage: Stage) -> None:
    """What names this machine is of no use to readers."""
    for found, shown in (
        (str(stage.server.data_dir), SHOWN_DIRECTORY),
        (stage.server.url.removeprefix("http://"), SHOWN_ADDRESS),
        (platform.release(), "6.1"),
        (f"{platform.node()}.", "kbstore-1."),
        (f"on {platform.node()},", "on kbstore-1,"),
    ):
        page.evaluate(RENAME, [found, shown])
    page.evaluate(RENAME_WHOLE, [platform.node(), "kbstore-1"])


#: Name, address with fields of the stage, and what to do there before the picture is taken.
PAGES: tuple[tuple[str, str, Pose], ...] = (
    ("dashboard", "/admin/", stay),
    ("explorer", "/admin/explorer/?project=shop", open_tree),
    ("project", "/admin/storage/project/shop/change/", stay),
    ("bucket", "/admin/storage/bucket/{bucket_id}/change/", stay),
    ("branch", "/admin/storage/branch/{branch_id}/change/", stay),
    ("table-data", "/admin/storage/table/{table_id}/change/", stay),
    ("table-profile", "/admin/storage/table/{table_id}/change/?tab=profile", stay),
    ("table-history", "/admin/storage/table/{table_id}/change/?tab=history", stay),
    ("table-use", "/admin/storage/table/{table_id}/change/?tab=snippets", stay),
    ("load", "/admin/load/?project=shop&bucket=in.c-sales&table=orders", stay),
    ("load-settings", "/admin/load/shop/{file_id}/", stay),
    ("export", "/admin/export/{table_id}/", stay),
    ("sql", "/admin/sql/?workspace={workspace_id}", run_query),
    ("workspace", "/admin/workspaces/workspace/{workspace_id}/change/", stay),
    ("files", "/admin/files/file/", stay),
    ("jobs", "/admin/storage/job/", stay),
    ("job", "/admin/storage/job/{running_job}/change/", stay),
    ("job-failed", "/admin/storage/job/{failed_job}/change/", stay),
    ("audit", "/admin/storage/event/", stay),
    ("keys", "/admin/storage/apikey/", stay),
    ("users", "/admin/auth/user/", stay),
    ("settings", "/admin/system/settings/", stay),
    ("doctor", "/admin/system/doctor/", stay),
    ("backups", "/admin/system/backups/", stay),
    ("metrics", "/admin/system/metrics/", stay),
    ("versions", "/admin/system/versions/", stay),
)


@contextmanager
def staged() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as directory:
        server = start_server(Path(directory), PGWIRE_ENABLED="true", LOG_LEVEL="ERROR")
        try:
            yield _furnished(server)
        finally:
            server.stop()


def _furnished(server: Server) -> Stage:
    scene = furnish(server, shop="shop", marketing="marketing", rows=ROWS)
    ((table_id, bucket_id),) = server.execute(
        "SELECT id, bucket_id FROM storage_table WHERE name = ? AND branch_id IS NULL", "orders"
    )
    ((file_id,),) = server.execute("SELECT id FROM files_file WHERE name = ?", "people.csv")
    ((failed,),) = server.execute("SELECT id FROM storage_job WHERE state = ?", "error")
    running = insert_job(server, "shop", 0.0)
    set_job(server, running, "processing", 0.62, 3_120_000)
    insert_job(server, "shop", 0.18)
    return Stage(server, scene, table_id, bucket_id, str(file_id), failed, running)


def take(browser: Browser, stage: Stage, target: Path, names: Sequence[str]) -> None:
    cookies = logged_in(stage.server, OPERATOR)
    fields = vars(stage) | vars(stage.scene)
    for theme in THEMES:
        for width in WIDTHS:
            context = browser.new_context(
                base_url=stage.server.url,
                storage_state=cookies,
                viewport={"width": width, "height": HEIGHT},
                color_scheme=theme,
                reduced_motion="reduce",
            )
            context.set_default_timeout(15_000)
            page = context.new_page()
            for name, address, pose in PAGES:
                if not names or name in names:
                    page.goto(address.format(**fields))
                    page.wait_for_load_state("networkidle")
                    pose(page, stage)
                    hide_machine(page, stage)
                    page.screenshot(path=target / f"{name}-{theme}-{width}.png")
            context.close()


def make_small(images: Sequence[Path]) -> None:
    """64 colours are enough for a page; without pngquant the files stay three times as large."""
    program = shutil.which("pngquant")
    if program is not None and images:
        command = [program, "--force", "--ext", ".png", "--strip", "--nofs", "--speed", "1", "64"]
        subprocess.run([*command, *map(str, images)], check=True)


def main() -> None:
    options = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    options.add_argument("names", nargs="*", help="of pages; all without any")
    options.add_argument("--to", type=Path, default=IMAGES)
    chosen = options.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with staged() as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        take(browser, stage, chosen.to, chosen.names)
        browser.close()
    images = sorted(chosen.to.glob("*.png"))
    make_small([image for image in images if not chosen.names or image.name.rsplit("-", 2)[0] in chosen.names])


if __name__ == "__main__":
    main()

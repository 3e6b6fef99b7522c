"""Every page of the console that a link leads to: it opens, in both themes, and shuts nobody out."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Server
from tests.walks.axe import axe
from tests.walks.crawl import crawl
from tests.walks.scene import Scene, furnish

#: The beginnings of the names of views, so that several workers share the way.
PARTS = {
    "projects and buckets": ("admin:storage_project", "admin:storage_bucket", "admin:storage_branch", "admin:explorer"),
    "tables and jobs": ("admin:storage_table", "admin:storage_job", "admin:storage_snapshot", "admin:export"),
    "the rest of storage": ("admin:storage_", "admin:load"),
    "files and SQL": (
        "admin:files_",
        "admin:file_",
        "admin:upload",
        "admin:workspaces_",
        "admin:workspace_",
        "admin:sql",
    ),
    "people and system": ("admin:",),
}


def part_of(kind: str) -> str:
    return next(part for part, names in PARTS.items() if kind.startswith(names))


@pytest.fixture(scope="session")
def scene(server: Server) -> Scene:
    suffix = uuid.uuid4().hex[:8]
    return furnish(server, shop=f"shop-{suffix}", marketing=f"marketing-{suffix}", rows=80)


@pytest.mark.parametrize("part", PARTS)
def test_every_page_opens_and_shuts_nobody_out(part: str, page: Page, scene: Scene) -> None:
    project = f"/admin/storage/project/{scene.shop.project_id}/change/"
    found = []
    has_asked = False
    for visit in crawl(page, [project, "/admin/"], lambda kind: part_of(kind) == part):
        if visit.status != 200:
            found.append(f"{visit.url} answers {visit.status}")
            continue
        # Pages that ask before something is done are all made alike: to open them is enough.
        is_question = page.locator(".kb-warnings").count() > 0
        if part_of(visit.kind) == part and not (is_question and has_asked):
            has_asked = has_asked or is_question
            try:
                axe(page, is_whole=visit.kind == "admin:index")
            except AssertionError as error:
                found.append(str(error))
    assert not found, "\n\n".join(found)


def test_the_theme_follows_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/admin/storage/job/")
    expect(page.locator("#content")).to_be_visible()
    assert page.evaluate("document.documentElement.classList.contains('dark')")

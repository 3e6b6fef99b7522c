"""Files leave the console as they came in."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.cast import Person


def test_a_file_is_downloaded_as_it_was_uploaded(page: Page, owner: Person) -> None:
    content = "id\n" + "1\n" * 300_000
    owner.upload(content, "down load é.csv")
    page.goto(f"/admin/files/file/?q={owner.project_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text() == content
    assert download.value.suggested_filename == "down load é.csv"

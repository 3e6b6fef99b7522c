"""docs/sdk.md: its examples run from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cast import Server
from tests.live_server import ADMIN_KEY, ROOT

GUIDE = ROOT / "docs" / "sdk.md"


def test_the_examples_of_the_guide_run_from_top_to_bottom(server: Server, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEBOOLA_DUCKDB_URL", server.url)
    monkeypatch.setenv("KEBOOLA_DUCKDB_API_KEY", ADMIN_KEY)
    page = GUIDE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.finditer(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        # Lines of their own in the page, so that a failure names the right one.
        lines = "\n" * page[: block.start(1)].count("\n") + block[1]
        exec(compile(lines, str(GUIDE), "exec"), names)  # noqa: S102 - the page is ours
    assert names["names"] == ["copy", "exact", "orders"]

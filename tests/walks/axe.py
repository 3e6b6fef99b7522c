"""axe-core looks at a page as somebody who cannot see it, or has no mouse, meets it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parent.parent / "clients" / "node" / "node_modules" / "axe-core" / "axe.min.js"
#: The two that shut somebody out; `moderate` and `minor` are advice.
SERIOUS = ("serious", "critical")
#: Colours are all that a theme changes.
RUN_IN_BOTH_THEMES = """async (part) => {
  const context = Object.keys(part).length ? part : document;
  const { violations } = await axe.run(context, { resultTypes: ["violations"] });
  const classes = document.documentElement.classList;
  const isDark = classes.contains("dark");
  classes.toggle("dark");
  const colours = { runOnly: ["color-contrast"], resultTypes: ["violations"] };
  const { violations: others } = await axe.run(context, colours);
  classes.toggle("dark", isDark);
  return violations.concat(others);
}"""


@cache
def _source() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `make sql-clients` does it")
    return AXE.read_text()


def axe(page: Page, *, is_whole: bool = True) -> None:
    """Fail, naming rule and elements, if the page as it is now has a serious or critical issue, in either theme.

    The sidebar is the same on every page: whoever looks at many may leave it out.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    context = {} if is_whole else {"exclude": [["#nav-sidebar"]]}
    violations = page.evaluate(RUN_IN_BOTH_THEMES, context)
    found = [
        f"{violation['id']}: {violation['help']}\n  {node['html'][:200]}\n  {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
    assert not found, f"{page.url} has {len(found)} serious issues:\n" + "\n".join(found[:10])

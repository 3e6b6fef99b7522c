"""`python -m tests.clients.compatibility` runs the real clients and writes what passed to docs/compatibility.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.clients.matrix import CLIENTS, FEATURES, SCENARIOS, required
from tests.clients.notes import NOTES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
_DONE: Final = "✓"
_FAILED: Final = "✗"
_NOT_APPLICABLE: Final = "–"
_HEAD: Final = """# Clients that work with kbstore

Written by `make compatibility` from the tests in `tests/clients`, which run each client against a live server: do not
edit. ✓ its test passes, ✗ it does not (see the notes), – does not apply, empty: not tested.
How to connect with each is in [sql.md](sql.md#connect-with-other-clients).
"""

Pair = tuple[str, str]


class Outcomes:
    """A pytest plugin that remembers which features have tests that passed, and which have one that did not."""

    def __init__(self) -> None:
        self.passed: set[Pair] = set()
        self.failed: set[Pair] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        covered = {tuple(value) for name, value in report.user_properties if name == "covers"}
        if report.failed or (report.skipped and hasattr(report, "wasxfail")):
            self.failed |= covered
        elif report.passed and report.when == "call":
            self.passed |= covered

    def sign(self, pair: Pair) -> str:
        if pair in self.failed:
            return _FAILED
        return _DONE if pair in self.passed else ""


def render(outcomes: Outcomes) -> str:
    return "\n".join([_HEAD, "## Clients", "", *_matrix(outcomes), "", "## Tools", "", *_tools(outcomes), *_notes()])


def ticked(page: str) -> set[Pair]:
    """What a page says is tested: (client or tool, feature), whether it passed or not."""
    found: set[Pair] = set()
    header: list[str] = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| Feature "):
            header = cells[1:]
        elif line.startswith("|") and cells[0] in FEATURES:
            signs = zip(header, cells[1:], strict=True)
            found |= {(client, cells[0]) for client, sign in signs if sign in (_DONE, _FAILED)}
        elif line.startswith("|") and cells[0] in SCENARIOS:
            found |= {(cells[0], step) for step in re.findall(r"[✓✗] `([^`]+)`", cells[1])}
    return found


def _matrix(outcomes: Outcomes) -> list[str]:
    rows = ["| Feature | " + " | ".join(CLIENTS) + " |", "|---|" + "---|" * len(CLIENTS)]
    for feature in FEATURES:
        cells = [
            outcomes.sign((client, feature)) or (_NOT_APPLICABLE if required(client, feature) == "-" else "")
            for client in CLIENTS
        ]
        rows.append(f"| {feature} | {' | '.join(cells)} |")
    return rows


def _tools(outcomes: Outcomes) -> list[str]:
    rows = ["| Tool | What runs | Not tested |", "|---|---|---|"]
    for tool, steps in SCENARIOS.items():
        signs = {step: outcomes.sign((tool, step)) for step in steps}
        ran = ", ".join(f"{sign} `{step}`" for step, sign in signs.items() if sign)
        left = ", ".join(f"`{step}`" for step, sign in signs.items() if not sign)
        rows.append(f"| {tool} | {ran} | {left} |")
    return rows


def _notes() -> list[str]:
    return ["", "## Notes", "", *(f"- {note}" for note in NOTES), ""]


def main() -> int:
    outcomes = Outcomes()
    status = pytest.main(["-q", "-p", "no:cacheprovider", str(Path(__file__).parent), *sys.argv[1:]], [outcomes])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return int(status)
    PAGE.write_text(render(outcomes), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main())

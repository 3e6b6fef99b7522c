"""docs/command-line.md works for whoever copies and pastes it from top to bottom."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Server, start_server
from tests.live_server import ADMIN_KEY, ROOT
from tests.sdk.cli.command_line import COMMAND, CommandLine

PAGE = ROOT / "docs" / "command-line.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: The package is there already, and a test must not install anything.
NOT_RUN = ("pip install",)
MARK = "=== block {} ==="
SECONDS = 120


@pytest.fixture(scope="module")
def sql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that takes SQL clients, and says the right port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    listening = {"PGWIRE_ENABLED": "true", "PGWIRE_LISTEN_PORT": port, "PGWIRE_PORT": port}
    running = start_server(tmp_path_factory.mktemp("tour"), **listening)
    yield running
    running.stop()


def steps() -> list[tuple[str, list[str]]]:
    """Each block of commands with the lines that the page shows after it."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            found[-1][1].extend(text.splitlines())
        elif not text.startswith(NOT_RUN):
            found.append((text, []))
    return found


def matches(expected: str, line: str) -> bool:
    """Three dots stand for anything; the width of columns depends on what is in them."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in expected.split("..."))
    return re.search(".*".join(parts), line) is not None


def missing(expected: list[str], shown: str) -> list[str]:
    """The lines of the page that were not shown."""
    lines = shown.splitlines()
    return [wanted for wanted in expected if not any(matches(wanted, line) for line in lines)]


def shown_by(server: Server, cli: CommandLine, programs: Path, blocks: list[str]) -> list[str]:
    """What one session of bash shows for each block, stdout and stderr as they come; it ends at the first failure."""
    script = "set -euo pipefail\n" + "".join(f"echo '{MARK.format(n)}'\n{block}" for n, block in enumerate(blocks))
    done = subprocess.run(
        ["bash", "-c", script.replace("http://localhost:8000", server.url)],
        env=cli.environment | {"PATH": f"{programs}:{cli.environment['PATH']}", "ADMIN_API_KEY": ADMIN_KEY},
        cwd=cli.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return re.split("|".join(re.escape(MARK.format(n)) for n in range(len(blocks))), done.stdout)[1:]


def test_the_tour_works_from_top_to_bottom(sql_server: Server, fresh_cli: CommandLine, tmp_path: Path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "keboola-duckdb").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    (programs / "keboola-duckdb").chmod(0o755)
    tour = steps()
    seen = shown_by(sql_server, fresh_cli, programs, [commands for commands, _ in tour])
    local = [shown.replace(sql_server.url, "http://localhost:8000") for shown in seen]
    problems = {commands: missing(lines, shown) for (commands, lines), shown in zip(tour, local, strict=True)}
    assert {commands: lines for commands, lines in problems.items() if lines} == {}, "\n".join(local)


def test_the_page_names_every_command():
    from tests.sdk.cli.test_help import GROUP_TABLE

    rows = dict(re.findall(r"^\| `(\w+)` \| (`.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    for group, names in GROUP_TABLE.items():
        assert re.findall(r"`([\w-]+)`", rows[group]) == names.split()

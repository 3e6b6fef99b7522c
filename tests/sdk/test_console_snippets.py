"""What the console offers to copy for a table does what it says when it is pasted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory

from storage.admin.table_snippets import Snippet, snippets_tab
from storage.models import Bucket, Table, TableVersion
from tests.cast import Person
from tests.live_server import ROOT
from tests.sdk.cast import client_of

BUCKET, NAME = "in.c-sales", "orders"


def snippets(alice: Person, branch: str | None) -> dict[str, Snippet]:
    """As the page of the table shows them."""
    version = TableVersion(columns=[{"name": "id", "type": "INTEGER"}, {"name": "amount", "type": "DECIMAL(10,2)"}])
    bucket = Bucket(project_id=alice.project_id, name=BUCKET)
    table = Table(bucket=bucket, branch_id=branch, name=NAME, current_version=version)
    address = urlsplit(alice.server.url)
    request = RequestFactory().get("/", SERVER_NAME=address.hostname, SERVER_PORT=str(address.port))
    return {snippet.id: snippet for _, group in snippets_tab(request, table)["groups"] for snippet in group}


@pytest.fixture
def workplace(alice: Person, orders: dict[str, object], tmp_path: Path) -> dict[str, str]:
    """A directory with rows to load, and the environment of somebody who has installed the SDK."""
    (tmp_path / "rows.csv").write_text("id,amount\n1,10.50\n2,20.00\n")
    command = tmp_path / "bin" / "keboola-duckdb"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m keboola_duckdb.cli "$@"\n')
    command.chmod(0o755)
    return {
        "PATH": f"{command.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / "sdk" / "src"),
        "KBSTORE_KEY": str(alice.key),
    }


def run(*command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, cwd=environment["HOME"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("place", ["main", "branch"])
def test_the_python_snippets_load_read_and_export(alice, workplace, tmp_path, place):
    branch = alice.make_branch() if place == "branch" else None
    shown = snippets(alice, branch)
    run(sys.executable, "-c", shown["python-load"].text, environment=workplace)
    read = shown["python-read"].text + "\n    print(rows.num_rows)"
    assert run(sys.executable, "-c", read, environment=workplace) == "2\n"
    run(sys.executable, "-c", shown["python-export"].text, environment=workplace)
    assert (tmp_path / "orders.parquet").read_bytes()[:4] == b"PAR1"
    check_rows(alice, branch)


@pytest.mark.parametrize("place", ["main", "branch"])
def test_the_shell_snippets_load_show_and_export(alice, workplace, tmp_path, place):
    branch = alice.make_branch() if place == "branch" else None
    shown = snippets(alice, branch)
    lines = [shown[name].text for name in ("cli-setup", "cli-import", "cli-preview", "cli-export")]
    assert "20.00" in run("/bin/sh", "-ec", "\n".join(lines), environment=workplace)
    assert (tmp_path / "orders.csv").read_text().splitlines()[0] == "id,amount"
    check_rows(alice, branch)


def check_rows(alice: Person, branch: str | None) -> None:
    with client_of(alice) as kb:
        assert kb.tables.get(str(alice.project_id), BUCKET, NAME, branch=branch or "default").row_count == 2
        assert kb.tables.get(str(alice.project_id), BUCKET, NAME).row_count == (0 if branch else 2)

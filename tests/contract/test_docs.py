"""The docs keep up: settings, endpoints, commands and links are compared with the code."""

from __future__ import annotations

import ast
import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from kbstore import env
from tests.cast import Server

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
SETTING_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)
READERS = ("text", "secret", "integer", "number", "boolean", "size", "words", "networks", "path", "mapping", "choice")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Routes of Django's own and of the console: described as a whole, not one by one.
NOT_REST = ("admin/", "static/", "openapi.json", "docs", "redoc")


def documented_settings() -> list[str]:
    return [name for name, _ in SETTING_ROW.findall((DOCS / "settings.md").read_text(encoding="utf-8"))]


def declared_settings() -> set[str]:
    """Names in `env.<reader>("NAME", ...)` anywhere; a secret's NAME_FILE is the same setting given another way."""
    found = set()
    for app in ("kbstore", "storage", "files", "workspaces"):
        for path in (ROOT / app).rglob("*.py"):
            found |= {call.args[0].value for call in reading_calls(path)}
    return found


def reading_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=reader), args=[ast.Constant(value=str()), *_]
            ) if reader in READERS:
                yield node


def test_every_setting_has_a_row() -> None:
    assert sorted(declared_settings() - set(documented_settings())) == []


def test_settings_read_at_import_are_found() -> None:
    assert {name for name in env.declared if not name.endswith("_FILE")} <= declared_settings()


def test_every_row_is_a_setting() -> None:
    assert sorted(set(documented_settings()) - declared_settings()) == []


def test_no_setting_has_two_rows() -> None:
    rows = documented_settings()
    assert sorted(rows) == sorted(set(rows))


def rest_endpoints(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and methods of the URL conf as the docs write them: `/projects/{project_id}/files`, `GET, POST`."""
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if path.startswith(NOT_REST):
            continue
        if isinstance(entry, URLResolver):
            yield from rest_endpoints(entry.url_patterns, path)
        elif hasattr(entry.callback, "view_class"):
            methods = ", ".join(sorted(entry.callback.view_class.needs, key=METHODS.index))
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), methods


ENDPOINTS = sorted(set(rest_endpoints(get_resolver().url_patterns)))


@pytest.mark.parametrize(("path", "methods"), ENDPOINTS, ids=[path for path, _ in ENDPOINTS])
def test_every_endpoint_is_on_the_api_page(path: str, methods: str) -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    assert f"| `{path}` | {methods} |" in page, f"docs/api.md has no row for {methods} {path}"


def test_every_row_of_the_api_page_is_an_endpoint() -> None:
    rows = re.findall(r"^\| `(/[^`]*)` \| [A-Z, ]+ \|", (DOCS / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(rows) - {path for path, _ in ENDPOINTS}) == []


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_command_exists(page: Path) -> None:
    named = re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) - make_targets() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_management_command_exists(page: Path) -> None:
    ours = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    django = {"check", "migrate", "makemigrations", "createsuperuser", "changepassword", "shell", "dumpdata"}
    named = re.findall(r"manage\.py ([a-z0-9_]+)", page.read_text(encoding="utf-8"))
    assert set(named) - ours - django == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("0*.md")), ids=lambda page: page.stem)
def test_every_decision_names_tests_that_exist(page: Path) -> None:
    guarded = re.search(r"^Guarded by(.*?)(?:\n\n|\Z)", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert guarded, "a decision ends with `Guarded by` and the tests"
    named = re.findall(r"`(tests/[\w/]+\.py)`", guarded[1])
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_help_lists_the_commands_of_the_readme() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    for target in ("demo", "test", "serve", "check"):
        assert re.search(rf"^{target}\s", shown, re.MULTILINE)


def test_the_walk_of_the_api_page_works(server: Server, tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", (DOCS / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    script = "set -euo pipefail\n" + "\n".join(blocks).replace("http://127.0.0.1:8000", server.url)
    environment = os.environ | {"ADMIN_API_KEY": "tests-admin-key"}
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert '"imported_rows":0,"table_rows_after":2' in run.stdout
    assert gzip.decompress((tmp_path / "orders.csv.gz").read_bytes()) == b"id,amount,note\n1,10.50,first\n2,20.00,\n"

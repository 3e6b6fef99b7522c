"""The SDK speaks only the REST contract: it imports nothing of the server, and the server nothing of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "sdk" / "src" / "keboola_duckdb"
SERVER = ("kbstore", "storage", "workspaces", "files", "tests", "django", "rest_framework", "channels", "duckdb")
APPS = ("kbstore", "storage", "workspaces", "files")
#: What only an extra installs, and where it may be imported at the top of a module.
OPTIONAL = {"typer": "cli", "click": "cli", "rich": "cli", "keyring": "cli", "platformdirs": "cli", "yaml": "cli"}
FRAMES = ("pyarrow", "pandas", "polars")


def imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """First parts of the names of all imported modules; `top_level`: only of those that come with the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]


def modules(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.py"))


def test_the_sdk_imports_nothing_of_the_server():
    found = [
        f"{path.relative_to(ROOT)}: {name}" for path in modules(PACKAGE) for name in imports(path) if name in SERVER
    ]
    assert found == []


def test_the_server_imports_nothing_of_the_sdk():
    importing = re.compile(r"^\s*(from|import) keboola_duckdb", re.MULTILINE)
    paths = [path for app in APPS for path in modules(ROOT / app)]
    assert [str(path) for path in paths if importing.search(path.read_text(encoding="utf-8"))] == []


def test_what_an_extra_installs_is_not_needed_without_it():
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(PACKAGE)
        for name in imports(path, top_level=True)
        if name in FRAMES or (name in OPTIONAL and OPTIONAL[name] not in path.relative_to(PACKAGE).parts)
    ]
    assert found == []


def test_each_module_of_the_sdk_says_what_it_owns():
    silent = [path for path in modules(PACKAGE) if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_module_of_the_sdk_is_a_drawer_for_everything():
    assert [path for path in modules(PACKAGE) if path.stem in ("utils", "helpers", "manager", "misc", "common")] == []

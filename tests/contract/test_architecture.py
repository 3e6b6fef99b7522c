"""The layers of kbstore: every import is read, and each one that points up is named.

import-linter checks the same from `pyproject.toml`; this test also sees imports inside functions and says which rule
an arrow breaks.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("kbstore", "storage", "files", "workspaces")

#: Layer of every module; the longest name that fits counts. A module imports lower numbers, and its own room.
LAYERS = {
    "kbstore": 0,  # errors, env, context, faults, ...: the floor
    "kbstore.rest": 4,
    "kbstore.console": 4,
    "kbstore.apps": 5,
    "kbstore.checks": 5,
    "kbstore.settings": 5,
    "kbstore.urls": 5,
    "kbstore.routing": 5,
    "kbstore.asgi": 5,
    "kbstore.serving": 5,
    "storage": 3,
    "storage.errors": 0,
    "storage.names": 0,
    "storage.keys": 0,
    "storage.engine": 1,
    "storage.models": 2,
    "storage.migrations": 2,
    "storage.catalog": 2,
    "storage.services": 3,
    "storage.jobs": 3,
    "storage.api": 4,
    "storage.live": 4,
    "storage.driver": 4,
    "storage.admin": 4,
    "storage.management": 5,
    "storage.apps": 5,
    "files": 3,
    "files.errors": 0,
    "files.object_errors": 0,
    "files.s3": 4,
    "files.models": 2,
    "files.migrations": 2,
    "files.services": 3,
    "files.api": 4,
    "files.admin": 4,
    "files.apps": 5,
    "workspaces": 3,
    "workspaces.errors": 0,
    "workspaces.sql": 1,
    "workspaces.pgcatalog": 1,
    "workspaces.pgwire": 1,
    "workspaces.pgwire.session": 4,
    "workspaces.models": 2,
    "workspaces.migrations": 2,
    "workspaces.services": 3,
    "workspaces.api": 4,
    "workspaces.admin": 4,
    "workspaces.management": 5,
    "workspaces.apps": 5,
}
#: Inside layers 2 and 3 an app may import those to its right.
APP_ORDER = ("workspaces", "storage", "files")
#: What every door may use although it has a door's number.
PLUMBING = ("kbstore.rest", "kbstore.console")
#: The engine's frozen values: the only part of it that a door may name.
ENGINE_VALUES = ("storage.engine.specs",)


@dataclass(frozen=True)
class Arrow:
    source: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line} ({layer(self.source)}) -> {self.target} ({layer(self.target)})"


def room(module: str) -> str:
    """The longest entry of LAYERS that holds the module."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next(name for name in names if name in LAYERS)


def layer(module: str) -> int:
    return LAYERS[room(module)]


def modules() -> dict[str, Path]:
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def is_package(module: str) -> bool:
    return MODULES[module].name == "__init__.py"


def imported_names(module: str, node: ast.AST) -> Iterator[str]:
    """Full names that an import statement mentions: `from a import b` gives `a.b`, which may be a module or not."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = module.split(".")
        if node.level:
            base = base[: len(base) - node.level + is_package(module)]
            prefix = ".".join([*base, *([node.module] if node.module else [])])
        else:
            prefix = node.module or ""
        yield from (f"{prefix}.{alias.name}" for alias in node.names)


def resolve(name: str) -> str | None:
    """The module of ours that a mentioned name belongs to."""
    if name in MODULES:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in MODULES else None


def arrows() -> list[Arrow]:
    found = []
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported_names(module, node):
                target = resolve(name)
                if target is not None and target != module:
                    found.append(Arrow(module, target, node.lineno))
    return found


def external_imports() -> Iterator[tuple[str, str, int]]:
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported_names(module, node):
                if name.split(".")[0] not in APPS:
                    yield module, name, node.lineno


def is_allowed(arrow: Arrow) -> bool:
    source_layer, target_layer = layer(arrow.source), layer(arrow.target)
    if target_layer < source_layer:
        return not (source_layer == 4 and is_engine(arrow.target))
    if target_layer > source_layer:
        return False
    if room(arrow.source) == room(arrow.target) or source_layer in (0, 5):
        return True
    if source_layer == 4:
        return room(arrow.target) in PLUMBING
    source_app, target_app = arrow.source.split(".")[0], arrow.target.split(".")[0]
    return APP_ORDER.index(source_app) <= APP_ORDER.index(target_app)


def is_engine(module: str) -> bool:
    return room(module) == "storage.engine" and module not in ENGINE_VALUES


def test_every_import_points_down() -> None:
    up = [str(arrow) for arrow in arrows() if not is_allowed(arrow)]
    assert up == [], "these imports point up or sideways (see docs/architecture.md):\n" + "\n".join(up)


def test_the_check_sees_an_arrow_that_points_up() -> None:
    assert not is_allowed(Arrow("storage.engine.sql", "storage.models", 1))
    assert not is_allowed(Arrow("files.services", "storage.services", 1))
    assert not is_allowed(Arrow("files.api", "storage.api", 1))
    assert not is_allowed(Arrow("storage.api", "storage.engine.connection", 1))


@pytest.mark.parametrize("package", ["django", "rest_framework", "channels", "pydantic"])
def test_the_engine_knows_no_framework(package: str) -> None:
    found = [
        f"{module}:{line}"
        for module, name, line in external_imports()
        if room(module) == "storage.engine" and name.split(".")[0] == package
    ]
    assert found == []


def test_only_the_engine_imports_duckdb() -> None:
    found = [
        f"{module}:{line}"
        for module, name, line in external_imports()
        if name.split(".")[0] == "duckdb" and room(module) != "storage.engine"
    ]
    assert found == []


def test_only_connection_py_connects() -> None:
    callers = [module for module, path in MODULES.items() if "duckdb.connect(" in path.read_text(encoding="utf-8")]
    assert callers == ["storage.engine.connection"]


def test_a_service_never_sees_a_request() -> None:
    barred = ("rest_framework", "drf_spectacular", "pydantic", "channels", "django.http")
    found = [
        f"{module}:{line} imports {name}"
        for module, name, line in external_imports()
        if layer(module) == 3 and room(module) != "storage.jobs" and name.startswith(barred)
    ]
    assert found == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = [name for name in MODULES if name.rpartition(".")[2] in ("utils", "helpers", "manager", "misc", "common")]
    assert drawers == []


@pytest.mark.parametrize("module", sorted(name for name in MODULES if not is_package(name)))
def test_each_module_says_what_it_owns(module: str) -> None:
    if ".migrations." in module:
        return
    assert ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8"))), f"{module} has no docstring"


def test_the_import_linter_agrees() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr

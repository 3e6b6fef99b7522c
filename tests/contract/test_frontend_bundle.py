"""The console's editor is what its sources make, and comes from nowhere else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "kbstore/static/kbstore/sql_editor.js"
INSTALLED = shutil.which("npm") and (FRONTEND / "node_modules/esbuild").is_dir()


@pytest.mark.skipif(not INSTALLED, reason="its packages are not installed: `make frontend-packages` does it")
def test_a_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    build = json.loads((FRONTEND / "package.json").read_text())["scripts"]["build"]
    elsewhere = build.replace("../kbstore/static/kbstore/sql_editor.js", str(tmp_path / "sql_editor.js"))
    assert elsewhere != build
    path = f"{FRONTEND / 'node_modules/.bin'}:{os.environ['PATH']}"
    subprocess.run(["/bin/sh", "-c", elsewhere], cwd=FRONTEND, check=True, env=os.environ | {"PATH": path})
    assert (tmp_path / "sql_editor.js").read_bytes() == BUNDLE.read_bytes(), "`make assets` puts this right"


def test_packages_are_pinned_and_named_without_a_registry() -> None:
    wanted = json.loads((FRONTEND / "package.json").read_text())["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    lock = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    assert not any("resolved" in package for package in lock.values())
    assert all("integrity" in package for name, package in lock.items() if name)


def test_the_bundle_asks_nobody_for_anything() -> None:
    addresses = set(re.findall(r"https?://[\w./-]+", BUNDLE.read_text()))
    assert addresses <= {"http://www.w3.org/2000/svg"}, "names of XML only"
    assert "sourceMappingURL" not in BUNDLE.read_text()

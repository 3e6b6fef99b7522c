"""Clients that are not Python packages: a machine without one skips its tests, CI fails them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).resolve().parent
PGJDBC_JAR: Final = Path("/usr/share/java/postgresql.jar")
NODE_MODULES: Final = HERE / "node" / "node_modules"
DBT_PYTHON: Final = Path(sys.prefix) / "dbt" / "bin" / "python"


def require_program(name: str) -> str:
    """The path of a program on the PATH."""
    return str(require_file(Path(shutil.which(name) or name)))


def require_file(path: Path) -> Path:
    if path.exists():
        return path
    reason = f"no {path.name} on this machine: `make sql-clients` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

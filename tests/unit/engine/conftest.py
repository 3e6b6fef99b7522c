"""A backend on a directory of its own, small tables, and a second process to race or kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, LoadSpec, SealedVersion, TableSpec

REPOSITORY = Path(__file__).resolve().parents[3]

#: What a second process runs first: the same backend on the data directory that its first argument names.
PREAMBLE = """
import sys
from pathlib import Path
from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.monitor import Monitor
from storage.engine.specs import *
data = Path(sys.argv[1])
config = EngineConfig(*(data / name for name in ("duckdb", "versions", "_staging", "locks", "tmp")), threads=1)
backend = FileBackend(config)
"""


@pytest.fixture
def config(tmp_path: Path) -> EngineConfig:
    directories = (tmp_path / name for name in ("duckdb", "versions", "_staging", "locks", "tmp"))
    return EngineConfig(*directories, threads=2, memory_limit_bytes=1_000_000_000, lock_timeout_seconds=10.0)


@pytest.fixture
def layout(config: EngineConfig) -> Layout:
    layout = Layout(config)
    layout.make_roots()
    return layout


@pytest.fixture
def backend(config: EngineConfig) -> Iterator[FileBackend]:
    backend = FileBackend(config)
    yield backend
    backend.close()


@pytest.fixture
def spec() -> TableSpec:
    columns = (ColumnSpec("id", "BIGINT", nullable=False), ColumnSpec("name", "VARCHAR", default="'nobody'"))
    return TableSpec(columns, ("id",))


@pytest.fixture
def csv_of(tmp_path: Path) -> Callable[..., Path]:
    """A CSV file of these lines, after a header."""

    def write(*lines: str, name: str = "source.csv", header: str = "id,name") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((header, *lines)) + "\n")
        return path

    return write


@pytest.fixture
def load(backend: FileBackend, spec: TableSpec) -> Callable[..., SealedVersion]:
    """The version after a load of a file into `base`, or into an empty table."""

    def run(source: Path, base: SealedVersion | None = None, *, incremental: bool = False) -> SealedVersion:
        start = base or backend.create("p1", spec)
        order = LoadSpec(source, incremental=incremental)
        return backend.load("p1", spec, start.ref, order, Monitor()).sealed

    return run


@pytest.fixture
def start_python(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a process that runs the preamble and then `code`; killed at the end of the test if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + code, str(tmp_path), *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()

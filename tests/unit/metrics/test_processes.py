"""The directory that several processes share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kbstore.metrics.processes import dead_processes, prepare_directory


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "shared"))
    prepare_directory()
    return tmp_path / "shared"


@pytest.fixture
def dead() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def leave(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).touch()


def test_it_is_made(directory: Path) -> None:
    assert directory.is_dir()


def test_the_first_process_starts_from_zero(directory: Path, dead: int) -> None:
    leave(directory, f"counter_{dead}.db", f"gauge_livesum_{dead}.db", "of somebody else.txt")
    prepare_directory()
    assert [path.name for path in directory.iterdir()] == ["of somebody else.txt"]


def test_what_the_dead_counted_stays_while_others_live(directory: Path, dead: int) -> None:
    leave(directory, f"counter_{dead}.db", f"counter_{os.getpid()}.db")
    prepare_directory()
    assert len(list(directory.iterdir())) == 2
    assert dead_processes() == {dead}


def test_one_process_needs_no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    prepare_directory()
    assert dead_processes() == set()

"""The directory of a branch: it is nobody else's, and doctor looks after it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM
from storage.models import Branch
from storage.runtime import close_engine
from storage.services import doctor
from storage.services.create_branch import create_branch
from storage.services.create_project import create_project


@pytest.fixture
def root(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """The directory of projects, in which there is one project."""
    settings.DUCKDB_DIR, settings.VERSIONS_DIR = tmp_path / "duckdb", tmp_path / "versions"
    settings.STAGING_DIR, settings.LOCKS_DIR = tmp_path / "staging", tmp_path / "locks"
    make_project("p")
    yield settings.DUCKDB_DIR
    close_engine()


def make_project(project_id: str) -> None:
    create_project(actor=SYSTEM, project_id=project_id, name=None, project_settings=None)


def make_branch() -> Branch:
    return create_branch(actor=SYSTEM, project_id="p", name="dev")


@pytest.mark.usefixtures("root")
def test_a_branch_takes_no_directory_of_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    make_project("p_branch_aaaaaaaa")
    drawn = iter(["aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(drawn))
    assert make_branch().pk == "bbbbbbbb"


def test_a_branch_takes_no_directory_that_lies_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "project_p_branch_aaaaaaaa").mkdir()
    drawn = iter(["aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(drawn))
    assert make_branch().pk == "bbbbbbbb"


def test_doctor_makes_a_missing_one(root: Path) -> None:
    directory = root / f"project_p_branch_{make_branch().pk}"
    directory.rmdir()
    assert [finding.kind for finding in doctor.examine().findings] == ["missing branch directory"]
    assert doctor.examine(repair=True).repaired == 1
    assert directory.is_dir()


def test_doctor_removes_one_without_a_branch_only_if_it_holds_nothing(root: Path) -> None:
    hollow, full = root / "project_p_branch_dddddddd", root / "project_p_branch_eeeeeeee"
    for directory in (hollow, full):
        (directory / "bucket").mkdir(parents=True)
    (full / "bucket" / "notes.txt").write_text("somebody's")
    assert [finding.subject for finding in doctor.examine(repair=True).findings] == [hollow.name]
    assert (hollow.exists(), full.exists()) == (False, True)
    assert doctor.examine().is_clean

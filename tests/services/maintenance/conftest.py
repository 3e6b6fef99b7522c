"""An installation of its own in a temporary directory, and the commands run in this process."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kbstore.access import SYSTEM
from storage.engine.specs import ColumnSpec
from storage.models import Bucket, Project, Table
from storage.runtime import close_engine, engine
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Manage = Callable[..., Ended]


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """The data directory of this test."""
    settings.DATA_DIR = tmp_path / "data"
    for name in ("duckdb", "versions", "files", "snapshots"):
        setattr(settings, f"{name.upper()}_DIR", settings.DATA_DIR / name)
    for name in ("staging", "uploads", "locks", "temp"):
        setattr(settings, f"{name.upper()}_DIR", settings.DATA_DIR / f"_{name}")
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.FILES_DIR)},
        }
    }
    settings.FILES_DIR.mkdir(parents=True)
    yield settings.DATA_DIR
    close_engine()


@pytest.fixture
def project(data_dir: Path) -> Project:
    create_project(actor=SYSTEM, project_id="p1", name="First [red]", project_settings=None)
    return Project.objects.get(pk="p1")


@pytest.fixture
def bucket(project: Project) -> Bucket:
    return create_bucket(actor=SYSTEM, project_id="p1", branch_id="default", name="in.c-b", description=None)


@pytest.fixture
def table(bucket: Bucket) -> Table:
    columns = [ColumnSpec("id", "INTEGER"), ColumnSpec("note", "VARCHAR", default="'[bold]'")]
    place = {"project_id": "p1", "branch_id": "default", "bucket_name": bucket.name}
    return create_table(actor=SYSTEM, **place, name="t", columns=columns, primary_key=["id"])


@pytest.fixture
def manage(data_dir: Path) -> Manage:
    """Runs a command: its exit code and what it said."""

    def run(command: str, *arguments: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command(command, *arguments, stdout=out, stderr=err)
        except SystemExit as ended:
            code = int(ended.code or 0)
        except CommandError as error:
            code = error.returncode
            err.write(str(error))
        return Ended(code, out.getvalue(), err.getvalue())

    return run


def version_file(table: Table) -> Path:
    with engine().local_file(table.current_version.ref) as path:
        return path

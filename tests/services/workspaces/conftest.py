"""An installation of its own in a temporary directory, with a project, a table and a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM
from storage.engine.specs import ColumnSpec
from storage.models import Project, Table
from storage.runtime import close_engine
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table
from workspaces.models import Workspace
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.open_workspace import close_all_workspaces


@pytest.fixture
def installation(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """The data directory of this test."""
    settings.DATA_DIR = tmp_path / "data"
    for name in ("duckdb", "versions", "files", "snapshots"):
        setattr(settings, f"{name.upper()}_DIR", settings.DATA_DIR / name)
    for name in ("staging", "uploads", "locks", "temp"):
        setattr(settings, f"{name.upper()}_DIR", settings.DATA_DIR / f"_{name}")
    yield settings.DATA_DIR
    close_all_workspaces()
    close_engine()


@pytest.fixture
def own_project(installation: Path) -> Project:
    create_project(actor=SYSTEM, project_id="p1", name=None, project_settings=None)
    return Project.objects.get(pk="p1")


@pytest.fixture
def own_table(own_project: Project) -> Table:
    place = {"project_id": own_project.pk, "branch_id": "default"}
    create_bucket(actor=SYSTEM, **place, name="in.c-b", description=None)
    columns = [ColumnSpec("id", "INTEGER")]
    return create_table(actor=SYSTEM, **place, bucket_name="in.c-b", name="t", columns=columns, primary_key=[])


@pytest.fixture
def workspace(own_project: Project) -> Workspace:
    return create_workspace(actor=SYSTEM, project_id=own_project.pk, order=WorkspaceOrder("lab")).workspace

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from storage.engine.ownership import fresh_name
from storage.services.doctor import examine
from workspaces.models import Workspace, WorkspaceStatus
from workspaces.services import purge_workspaces as module
from workspaces.services.open_workspace import opened
from workspaces.services.purge_workspaces import purge_workspaces
from workspaces.services.workspace_place import path_of


def expire(workspace: Workspace, hours_ago: float) -> None:
    workspace.expires_at = timezone.now() - datetime.timedelta(hours=hours_ago)
    workspace.save(update_fields=["expires_at"])


def test_the_file_of_one_that_expired_long_ago_goes_and_the_row_stays(workspace: Workspace, settings: Any) -> None:
    settings.WORKSPACE_GRACE_HOURS = 24.0
    with opened(workspace):
        pass
    expire(workspace, hours_ago=25)
    assert purge_workspaces() == 1
    assert not path_of(workspace).exists()
    workspace.refresh_from_db()
    assert workspace.status == WorkspaceStatus.ERROR
    assert purge_workspaces() == 0


def test_within_the_grace_period_nothing_happens(workspace: Workspace, settings: Any) -> None:
    settings.WORKSPACE_GRACE_HOURS = 24.0
    expire(workspace, hours_ago=23)
    assert purge_workspaces() == 0
    assert path_of(workspace).exists()


def test_a_file_without_a_row_goes_once_it_is_old(workspace: Workspace, monkeypatch: Any) -> None:
    orphan = path_of(workspace).with_name("ws_00000000.duckdb")
    orphan.write_bytes(b"x")
    Path(f"{orphan}.wal").write_bytes(b"x")
    assert purge_workspaces() == 0
    monkeypatch.setattr(module, "_ORPHAN_SECONDS", 0.0)
    assert purge_workspaces() == 1
    assert [path.name for path in path_of(workspace).parent.iterdir()] == [path_of(workspace).name]


def test_it_is_a_part_of_the_command(workspace: Workspace, settings: Any, capsys: Any) -> None:
    settings.WORKSPACE_GRACE_HOURS = 0.0
    expire(workspace, hours_ago=1)
    call_command("purge", "--json")
    assert '"part": "workspaces"' in capsys.readouterr().out
    assert not path_of(workspace).exists()


def test_what_a_dead_process_left_half_made_goes_and_what_a_live_one_makes_stays(
    workspace: Workspace, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(module, "_ORPHAN_SECONDS", 0.0)
    directory = path_of(workspace).parent
    dead, alive = directory / f".0123456789ab-{'0' * 32}", directory / f".{fresh_name(settings.LOCKS_DIR)}"
    for path in (dead, alive):
        path.write_bytes(b"x")
    assert purge_workspaces() == 1
    assert (dead.exists(), alive.exists()) == (False, True)


def test_the_doctor_marks_a_row_whose_file_is_gone(workspace: Workspace) -> None:
    path_of(workspace).unlink()
    (found,) = [finding for finding in examine(repair=True).findings if "workspace" in finding.kind]
    assert found.kind == "missing workspace file"
    (found,) = [finding for finding in examine().findings if "workspace" in finding.kind]
    assert found.is_remark

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM
from kbstore.errors import ServiceUnavailable
from storage.engine.native import NativeError, rows
from storage.engine.workspace_errors import WorkspaceBusy, WorkspaceMissing
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits
from storage.runtime import engine_config
from workspaces.errors import WorkspaceNotFound
from workspaces.models import Credential, Workspace, WorkspaceStatus
from workspaces.services.delete_workspace import delete_workspace
from workspaces.services.open_workspace import (
    close_all_workspaces,
    close_idle_workspaces,
    close_workspace,
    keep_workspaces_open,
    opened,
)
from workspaces.services.workspace_place import path_of


@pytest.fixture(autouse=True)
def _kept(installation: Path) -> None:
    """As in the server; ends with the installation."""
    keep_workspaces_open()


def another_instance(workspace: Workspace) -> WorkspaceInstance:
    """As another process would have it."""
    name, limits = workspace.database, WorkspaceLimits()
    return WorkspaceInstance.open(engine_config(), path=path_of(workspace), database=name, limits=limits)


def is_open(workspace: Workspace) -> bool:
    try:
        another_instance(workspace).close()
    except WorkspaceBusy:
        return True
    return False


def test_all_users_share_one_instance(workspace: Workspace) -> None:
    with opened(workspace) as first, opened(workspace) as second:
        assert first is second
    with opened(workspace) as third:
        assert third is first


def test_threads_that_ask_at_once_get_one_instance(workspace: Workspace) -> None:
    together = threading.Barrier(8)

    def use(_: int) -> int:
        together.wait()
        with opened(workspace) as instance, instance.session() as connection:
            rows(connection, "SELECT 1")
            return id(instance)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(8)))) == 1


def test_it_is_closed_when_idle_and_not_before(workspace: Workspace, settings: Any) -> None:
    settings.WORKSPACE_IDLE_SECONDS = 3600.0
    with opened(workspace) as first:
        pass
    assert close_idle_workspaces() == 0
    settings.WORKSPACE_IDLE_SECONDS = 0.0
    with opened(workspace) as again:
        assert again is first
        assert close_idle_workspaces() == 0
    assert close_idle_workspaces() == 1
    assert not is_open(workspace)
    with opened(workspace) as second:
        assert second is not first


def test_a_process_that_keeps_none_lets_go_at_once(workspace: Workspace) -> None:
    close_all_workspaces()
    with opened(workspace), opened(workspace):
        pass
    assert not is_open(workspace)


def test_deleting_the_row_ends_what_runs_and_frees_the_file(workspace: Workspace) -> None:
    started, ended = threading.Event(), threading.Event()

    def run() -> None:
        with opened(workspace) as instance, instance.session() as connection:
            started.set()
            try:
                rows(connection, "SELECT count(*) FROM range(10_000_000_000) a, range(1000) b WHERE a.range = b.range")
            except NativeError:
                ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(10)
    delete_workspace(actor=SYSTEM, project_id=workspace.project_id, workspace_id=workspace.pk)
    assert ended.wait(20)
    thread.join(10)
    assert not path_of(workspace).exists()
    with pytest.raises(WorkspaceNotFound), opened(workspace):
        pass


def test_a_session_after_the_end_is_refused(workspace: Workspace) -> None:
    with opened(workspace) as instance:
        close_workspace(workspace.pk)
        with pytest.raises(ServiceUnavailable):
            instance.session()


def test_a_row_that_another_process_deleted_is_noticed(workspace: Workspace, settings: Any) -> None:
    with opened(workspace):
        assert is_open(workspace)
    for rows_of in (Credential.objects.filter(workspace=workspace), Workspace.objects.filter(pk=workspace.pk)):
        rows_of._raw_delete("default")
    assert close_idle_workspaces() == 1
    assert not is_open(workspace)


def test_a_missing_file_marks_the_row(workspace: Workspace) -> None:
    path_of(workspace).unlink()
    with pytest.raises(WorkspaceMissing), opened(workspace):
        pass
    workspace.refresh_from_db()
    assert workspace.status == WorkspaceStatus.ERROR


def test_what_another_holder_has_is_busy_and_no_error(workspace: Workspace) -> None:
    with another_instance(workspace), pytest.raises(WorkspaceBusy), opened(workspace):
        pass
    workspace.refresh_from_db()
    assert workspace.status == WorkspaceStatus.ACTIVE

"""What is kept of a password, and admission that counts right under pressure."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kbstore.encryption import Undecipherable
from storage.jobs.identity import host_name, this_worker
from storage.models import Project
from workspaces.api.schemas.internal import size_text
from workspaces.errors import WorkspaceExpired
from workspaces.models import Credential, Workspace, WorkspaceSession, WorkspaceStatus
from workspaces.pgwire.verifiers import Verifier, check_password
from workspaces.services.admit_session import admit_session
from workspaces.services.log_in import log_in
from workspaces.services.open_session import open_session
from workspaces.services.sweep_sessions import forget_closed_sessions, mark_lost_sessions, sweep_idle_sessions
from workspaces.services.verifier import opened_verifier, sealed_verifier, verifier_for
from workspaces.session_errors import (
    ConnectionLimitReached,
    InvalidCredentials,
    UnknownWorkspace,
    WorkspaceNotActive,
)

PASSWORD = "x" * 32


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    project = Project.objects.create(id="p1")
    made = Workspace.objects.create(id="ws_1a2b3c4d", project=project, name="lab", size_limit_bytes=2**30)
    sealed = sealed_verifier(made.pk, PASSWORD)
    Credential.objects.create(workspace=made, username="ws_ws_1a2b3c4d_00000000", verifier=sealed)
    return made


def aged(session: WorkspaceSession, **span: float) -> WorkspaceSession:
    moment = timezone.now() - datetime.timedelta(**span)
    WorkspaceSession.objects.filter(pk=session.pk).update(last_activity_at=moment)
    return session


def status_of(session: WorkspaceSession) -> str:
    session.refresh_from_db()
    return session.status


def dead_worker() -> str:
    return f"{host_name()}.1.0123456789ab"


def test_only_a_scram_verifier_is_kept_and_it_is_encrypted(workspace: Workspace) -> None:
    credential = Credential.objects.get()
    kept = bytes(credential.verifier)
    assert PASSWORD.encode() not in kept
    assert b"SCRAM" not in kept
    assert opened_verifier(credential).startswith("SCRAM-SHA-256$4096:")
    assert check_password(PASSWORD, Verifier.parse(opened_verifier(credential)))
    text_columns = {field.name for field in Credential._meta.get_fields()}
    assert text_columns == {"id", "workspace", "username", "verifier", "changed_at"}


def test_equal_passwords_are_kept_differently() -> None:
    assert sealed_verifier("ws_1", PASSWORD) != sealed_verifier("ws_1", PASSWORD)


def test_with_another_secret_key_every_password_is_wrong(workspace: Workspace, settings: Any) -> None:
    settings.SECRET_KEY = "another"
    credential = Credential.objects.get()
    with pytest.raises(Undecipherable):
        opened_verifier(credential)
    with pytest.raises(InvalidCredentials):
        log_in(username=credential.username, password=PASSWORD)


def test_an_unknown_user_has_one_salt_for_good_and_another_than_the_next(workspace: Workspace) -> None:
    first, again, other = (verifier_for(name, None) for name in ("a", "a", "b"))
    assert first == again
    assert first.salt != other.salt
    assert first.iterations == verifier_for("x", Credential.objects.get()).iterations


class TestAdmission:
    def test_many_logins_at_once_do_not_exceed_the_limit(self, workspace: Workspace, settings: Any) -> None:
        settings.PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE = 3
        outcomes: list[str] = []
        start = threading.Barrier(8)

        def enter() -> None:
            start.wait()
            try:
                admit_session(workspace_id=workspace.pk, client_ip=None, worker=this_worker())
                outcomes.append("in")
            except ConnectionLimitReached:
                outcomes.append("full")
            finally:
                connection.close()

        threads = [threading.Thread(target=enter) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == 5 * ["full"] + 3 * ["in"]

    def test_the_session_is_of_our_server(self, workspace: Workspace) -> None:
        session = admit_session(workspace_id=workspace.pk, client_ip="192.0.2.1", worker=this_worker())
        assert session.pk.startswith("pgw_")
        assert len(session.pk) == 20
        assert int(session.pk[4:], 16) >= 0
        assert (session.client_ip, session.status, session.query_count) == ("192.0.2.1", "active", 0)

    def test_an_expired_one_is_refused_before_a_broken_one_before_a_full_one(
        self, workspace: Workspace, settings: Any
    ) -> None:
        settings.PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE = 1
        admit_session(workspace_id=workspace.pk, client_ip=None, worker=this_worker())
        refusals = []
        for status, ends in (
            (WorkspaceStatus.ERROR, timezone.now()),
            (WorkspaceStatus.ERROR, None),
            (WorkspaceStatus.ACTIVE, None),
        ):
            Workspace.objects.update(status=status, expires_at=ends)
            with pytest.raises((WorkspaceExpired, WorkspaceNotActive, ConnectionLimitReached)) as raised:
                admit_session(workspace_id=workspace.pk, client_ip=None, worker=this_worker())
            refusals.append(raised.type)
        assert refusals == [WorkspaceExpired, WorkspaceNotActive, ConnectionLimitReached]

    def test_the_dead_make_room(self, workspace: Workspace, settings: Any) -> None:
        settings.PGWIRE_MAX_CONNECTIONS_PER_WORKSPACE = 1
        lost = admit_session(workspace_id=workspace.pk, client_ip=None, worker=dead_worker())
        admit_session(workspace_id=workspace.pk, client_ip=None, worker=this_worker())
        assert status_of(lost) == "lost"

    def test_not_into_a_workspace_that_is_gone(self, transactional_db: None) -> None:
        with pytest.raises(UnknownWorkspace):
            admit_session(workspace_id="ws_none", client_ip=None, worker="")


class TestSweep:
    def test_sessions_of_dead_processes_are_lost_those_of_others_stay(self, workspace: Workspace) -> None:
        workers = {
            "dead": dead_worker(),
            "own": this_worker(),
            "elsewhere": "other-host.7.0123456789ab",
            "external": "",
        }
        sessions = {
            name: open_session(session_id=name, workspace_id=workspace.pk, worker=worker)
            for name, worker in workers.items()
        }
        assert mark_lost_sessions() == 1
        assert {name: status_of(session) for name, session in sessions.items()} == {
            "dead": "lost",
            "own": "active",
            "elsewhere": "active",
            "external": "active",
        }
        assert mark_lost_sessions() == 0

    def test_idle_ones_time_out(self, workspace: Workspace, settings: Any) -> None:
        settings.PGWIRE_IDLE_TIMEOUT_SECONDS = 60
        old = aged(open_session(session_id="old", workspace_id=workspace.pk), seconds=61)
        young = aged(open_session(session_id="young", workspace_id=workspace.pk), seconds=50)
        assert sweep_idle_sessions() == (1, 60)
        assert (status_of(old), status_of(young)) == ("timeout", "active")

    def test_any_number_of_seconds_is_understood(self, workspace: Workspace) -> None:
        assert sweep_idle_sessions(10**30) == (0, 10**30)

    def test_closed_ones_are_forgotten_some_day_and_open_ones_never(self, workspace: Workspace, settings: Any) -> None:
        closed = aged(open_session(session_id="closed", workspace_id=workspace.pk), days=31)
        aged(open_session(session_id="open", workspace_id=workspace.pk), days=31)
        WorkspaceSession.objects.filter(pk=closed.pk).update(status="client_disconnect")
        settings.WORKSPACE_SESSIONS_KEPT_DAYS = 0.0
        assert forget_closed_sessions() == 0
        settings.WORKSPACE_SESSIONS_KEPT_DAYS = 30.0
        assert forget_closed_sessions() == 1
        assert list(WorkspaceSession.objects.values_list("pk", flat=True)) == ["open"]


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(4 * 10**9, "4GB"), (4 * 2**30, "4GiB"), (512 * 2**20, "512MiB"), (1_500_000_000, "1500MB"), (1001, "1001B")],
)
def test_memory_is_written_as_duckdb_reads_it(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text

"""Check the user name and password of a workspace, for wire servers that ask over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings

from kbstore.errors import KbstoreError
from kbstore.metrics import PGWIRE_AUTH_DURATION, PGWIRE_CONNECTIONS
from workspaces.errors import WorkspaceExpired
from workspaces.models import Credential, ExtraLogin, Workspace, WorkspaceLogin
from workspaces.pgwire.verifiers import check_password
from workspaces.services.admit_session import check_admission
from workspaces.services.list_physical_tables import PhysicalTable, list_linked_tables, list_physical_tables
from workspaces.services.verifier import verifier_for
from workspaces.services.workspace_place import path_of
from workspaces.session_errors import ConnectionLimitReached, InvalidCredentials, WorkspaceNotActive

log = structlog.get_logger(__name__)

#: Longer ones are wrong without a look: to normalise megabytes would be work that anybody could order.
MAX_PASSWORD_CHARACTERS = 1024
_OUTCOMES: dict[type[KbstoreError], str] = {
    InvalidCredentials: "auth_failed",
    WorkspaceExpired: "expired",
    WorkspaceNotActive: "expired",
    ConnectionLimitReached: "limit_reached",
}


@dataclass(frozen=True)
class Login:
    """What a wire server needs to serve a workspace; never anything of its password."""

    workspace: Workspace
    db_path: Path
    tables: list[PhysicalTable]
    linked_tables: list[PhysicalTable]
    memory_limit_bytes: int
    query_timeout_seconds: int


def find_credential(username: str) -> WorkspaceLogin | None:
    """None for an unknown user."""
    primary = Credential.objects.filter(username=username).first()
    return primary or ExtraLogin.objects.filter(username=username).first()


def log_in(*, username: str, password: str, client_ip: str | None = None) -> Login:
    """Who may connect, with what. It opens no session.

    Raises InvalidCredentials, as late for an unknown user as for a wrong password; after the right password
    WorkspaceExpired, WorkspaceNotActive or ConnectionLimitReached.
    """
    started = time.monotonic()
    outcome = ""
    credential = find_credential(username)
    try:
        workspace = _proved_workspace(username, password, credential)
        check_admission(workspace)
        outcome = "success"
        return _login_to(workspace, reads_storage=credential is not None and credential.reads_storage)
    except tuple(_OUTCOMES) as refusal:
        outcome = _OUTCOMES[type(refusal)]
        raise
    finally:
        _record(outcome, username=username, client_ip=client_ip, credential=credential, started=started)


def _proved_workspace(username: str, password: str, credential: WorkspaceLogin | None) -> Workspace:
    verifier = verifier_for(username, credential)
    is_right = check_password(password[:MAX_PASSWORD_CHARACTERS], verifier)
    if credential is None or not is_right or len(password) > MAX_PASSWORD_CHARACTERS:
        raise InvalidCredentials
    workspace = Workspace.objects.filter(pk=credential.workspace_id).first()
    if workspace is None:  # deleted at this moment
        raise InvalidCredentials
    return workspace


def _login_to(workspace: Workspace, *, reads_storage: bool) -> Login:
    return Login(
        workspace=workspace,
        db_path=path_of(workspace),
        tables=list_physical_tables(workspace) if reads_storage else [],
        linked_tables=list_linked_tables(workspace) if reads_storage else [],
        memory_limit_bytes=settings.PGWIRE_SESSION_MEMORY_LIMIT,
        query_timeout_seconds=settings.PGWIRE_QUERY_TIMEOUT_SECONDS,
    )


def _record(
    outcome: str, *, username: str, client_ip: str | None, credential: WorkspaceLogin | None, started: float
) -> None:
    """An empty outcome is a fault of ours: the log has it already."""
    seconds = time.monotonic() - started
    workspace_id = credential.workspace_id if credential else None
    log.info(
        "login",
        user=username[:96],
        client=client_ip,
        workspace=workspace_id,
        method="internal",
        outcome=outcome,
        seconds=round(seconds, 4),
    )
    if outcome:
        PGWIRE_CONNECTIONS.labels(outcome).inc()
        PGWIRE_AUTH_DURATION.observe(seconds)

"""Workspaces as rows of the catalog, with a password that is known: for states that no endpoint makes."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.test import override_settings

from tests.cast import Server
from tests.live_server import server_environment
from workspaces.services.verifier import sealed_verifier

GIB = 2**30


@dataclass(frozen=True)
class Account:
    """A workspace and how to log in to it."""

    workspace_id: str
    username: str
    password: str

    def body(self, **changes: str) -> dict[str, str]:
        return {"username": self.username, "password": self.password} | changes


def make_account(
    server: Server,
    project_id: str | None,
    *,
    branch_id: str | None = None,
    expires_at: datetime.datetime | None = None,
    status: str = "active",
) -> Account:
    """A workspace without a file."""
    workspace_id = f"ws_{uuid.uuid4().hex[:8]}"
    account = Account(workspace_id, f"ws_{workspace_id}_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex)
    now = datetime.datetime.now(datetime.UTC)
    columns = "id, project_id, branch_id, name, created_at, created_by, expires_at, size_limit_bytes, status"
    values = (workspace_id, project_id, branch_id, "lab", text(now), "tests", text(expires_at), 10 * GIB, status)
    server.execute(f"INSERT INTO workspaces_workspace ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)
    with override_settings(SECRET_KEY=server_environment(server.data_dir)["KBSTORE_SECRET_KEY"]):
        sealed = sealed_verifier(workspace_id, account.password)
    columns = "workspace_id, username, verifier, changed_at"
    values = (workspace_id, account.username, sealed, text(now))
    server.execute(f"INSERT INTO workspaces_credential ({columns}) VALUES (?, ?, ?, ?)", *values)
    return account


def text(moment: datetime.datetime | None) -> str | None:
    """A time as both catalogs take it."""
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def ago(**span: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**span)

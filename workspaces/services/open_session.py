"""Note a connection to a workspace."""

from __future__ import annotations

import secrets

from django.db import transaction

from workspaces.models import Workspace, WorkspaceSession
from workspaces.session_errors import SessionExists, UnknownWorkspace

_ID_BYTES = 8
QUERY_PREFIX = "rest_"


def new_session_id() -> str:
    """An id as our own wire server gives it: `pgw_` and 16 hex digits."""
    return f"pgw_{secrets.token_hex(_ID_BYTES)}"


def new_query_id() -> str:
    """An id of a session that lasts as long as a query over REST: `rest_` and 16 hex digits."""
    return f"{QUERY_PREFIX}{secrets.token_hex(_ID_BYTES)}"


def open_session(
    *, session_id: str, workspace_id: str, client_ip: str | None = None, worker: str = "", username: str = ""
) -> WorkspaceSession:
    """The new session, active. `worker` is the process of ours that holds the connection, empty for other servers;
    `username` who has logged in, empty if that is not known.

    Checks neither expiry nor the limit: `admit_session` does. Raises UnknownWorkspace, SessionExists.
    """
    with transaction.atomic():
        # Locked, so that it is not deleted before the session refers to it.
        if Workspace.objects.select_for_update().filter(pk=workspace_id).first() is None:
            raise UnknownWorkspace(workspace_id)
        session, is_new = WorkspaceSession.objects.get_or_create(
            pk=session_id,
            defaults={"workspace_id": workspace_id, "client_ip": client_ip, "worker": worker, "username": username},
        )
    if not is_new:
        raise SessionExists(session_id)
    return session

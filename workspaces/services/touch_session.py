"""Note that a session is in use."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from workspaces.models import WorkspaceSession
from workspaces.services.list_sessions import get_session


def touch_session(*, session_id: str, queries: int = 1) -> WorkspaceSession:
    """The session after it, with `queries` more counted. A closed one stays closed: its server sees that by `status`.

    Raises SessionNotFound, also when the workspace is gone.
    """
    changes = {"last_activity_at": timezone.now()} | ({"query_count": F("query_count") + queries} if queries else {})
    WorkspaceSession.objects.filter(pk=session_id).update(**changes)
    return get_session(session_id=session_id)

"""Why a login to a workspace is refused, and what is wrong with a session, as the contract spells it."""

from __future__ import annotations

from kbstore.errors import Conflict, KbstoreError, Kind, NotFound, TooManyRequests


class InvalidCredentials(KbstoreError):
    """Unknown user and wrong password alike: nobody learns which names exist."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("Invalid username or password")
        self.details = None


class InternalTokenRequired(KbstoreError):
    """The caller has to prove that it is one of the operator's own services."""

    kind = Kind.UNAUTHENTICATED
    code = "internal_token_required"

    def __init__(self) -> None:
        super().__init__("X-Internal-Token is missing or wrong")
        self.details = None


class WorkspaceNotActive(KbstoreError):
    kind = Kind.GONE
    code = "workspace_not_active"

    def __init__(self, workspace_id: str, status: str) -> None:
        super().__init__(
            f"Workspace {workspace_id} is not active", details={"workspace_id": workspace_id, "status": status}
        )


class ConnectionLimitReached(TooManyRequests):
    code = "connection_limit_reached"

    def __init__(self, workspace_id: str, *, active_sessions: int, limit: int) -> None:
        super().__init__(
            f"Maximum connections ({limit}) reached for workspace",
            details={"workspace_id": workspace_id, "active_sessions": active_sessions, "limit": limit},
        )


class UnknownWorkspace(NotFound):
    """A workspace that was named without its project."""

    code = "workspace_not_found"

    def __init__(self, workspace_id: str) -> None:
        super().__init__(f"Workspace {workspace_id} not found")
        self.details = None


class SessionNotFound(NotFound):
    code = "session_not_found"

    def __init__(self, session_id: str) -> None:
        super().__init__(f"Session {session_id} not found")
        self.details = None


class SessionExists(Conflict):
    code = "session_exists"

    def __init__(self, session_id: str) -> None:
        super().__init__(f"Session {session_id} already exists", details={"session_id": session_id})

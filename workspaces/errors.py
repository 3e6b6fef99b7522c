"""The domain errors of workspaces, as the contract spells them."""

from __future__ import annotations

import datetime

from kbstore.errors import Conflict, InvalidRequest, KbstoreError, Kind, NotFound


class WorkspaceNotFound(NotFound):
    """`branch_id` is that of the path, if it names one: the contract has a wording for each."""

    code = "workspace_not_found"

    def __init__(self, project_id: str, workspace_id: str, *, branch_id: str | None = None) -> None:
        place = f"project {project_id}" if branch_id is None else f"branch {branch_id}"
        of_branch = {} if branch_id is None else {"branch_id": branch_id}
        super().__init__(
            f"Workspace {workspace_id} not found in {place}",
            details={"project_id": project_id, **of_branch, "workspace_id": workspace_id},
        )


class WorkspaceExists(Conflict):
    """The project has a workspace with this id already."""

    code = "workspace_exists"

    def __init__(self, project_id: str, workspace_id: str) -> None:
        super().__init__(
            f"Workspace {workspace_id} already exists in project {project_id}",
            details={"project_id": project_id, "workspace_id": workspace_id},
        )


class LoginNotFound(NotFound):
    code = "login_not_found"

    def __init__(self, username: str) -> None:
        super().__init__(f"Workspace user {username[:96]} not found", details={"username": username[:96]})


class PrimaryLogin(Conflict):
    """The login that a workspace is made with goes with it, not before."""

    code = "primary_login"

    def __init__(self, username: str) -> None:
        super().__init__(f"{username} is the login of the workspace itself and goes with it: drop the workspace")


class AmbiguousWorkspace(InvalidRequest):
    """More than one project has a workspace of this id, and no project was named."""

    code = "ambiguous_workspace"

    def __init__(self, workspace_id: str) -> None:
        super().__init__(f"More than one project has a workspace {workspace_id}: name the project in the credentials")


class WorkspaceExpired(KbstoreError):
    kind = Kind.GONE
    code = "workspace_expired"

    def __init__(self, workspace_id: str, expired_at: datetime.datetime) -> None:
        moment = expired_at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
        super().__init__(
            f"Workspace {workspace_id} has expired", details={"workspace_id": workspace_id, "expired_at": moment}
        )


class ObjectNotFound(NotFound):
    code = "object_not_found"

    def __init__(self, project_id: str, workspace_id: str, object_name: str) -> None:
        super().__init__(
            f"Object '{object_name}' not found in workspace {workspace_id}",
            details={"project_id": project_id, "workspace_id": workspace_id, "object_name": object_name},
        )


class CredentialsNotFound(NotFound):
    code = "credentials_not_found"

    def __init__(self, workspace_id: str) -> None:
        super().__init__(f"Credentials not found for workspace {workspace_id}")
        self.details = None


class InvalidSource(InvalidRequest):
    """What a load names as its source is no `bucket.table`."""

    code = "invalid_source"

    def __init__(self, source: str) -> None:
        super().__init__(f"'{source[:200]}' is not of the form bucket.table", details={"source": source[:200]})


class SourceNotFound(NotFound):
    code = "table_not_found"

    def __init__(self, source: str) -> None:
        super().__init__(f"Table {source} not found", details={"source": source})


class InvalidDestination(InvalidRequest):
    code = "invalid_destination"

    def __init__(self, destination: str) -> None:
        super().__init__(
            f"'{destination[:200]}' cannot be the name of a table: use 1 to 255 characters, the first no underscore.",
            details={"destination": destination[:200]},
        )


class InvalidLoadEntry(InvalidRequest):
    """A field of a table to load has the wrong type."""

    code = "invalid_request"

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(f"{field} has to be {wanted}", details={"field": field})
